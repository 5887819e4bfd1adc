import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ask, Piece } from '../src/api/catalog';
import { PagedList } from '../src/lib/pagedList';

/** A server with the rows 0 .. count - 1; cursors are the rows themselves. */
function server(count: number) {
    const asked: Ask[] = [];
    const load = (ask: Ask): Promise<Piece<number>> => {
        asked.push(ask);
        const begin = (ask.after === undefined ? 0 : Number(ask.after)) + (ask.skip ?? 0);
        const end = Math.min(count, begin + ask.limit);
        const items = Array.from({ length: Math.max(0, end - begin) }, (_, i) => begin + i);
        return Promise.resolve({
            items,
            next: end < count ? String(end) : null,
            matching: ask.count ? count : undefined,
        });
    };
    return { asked, load };
}

async function settled(list: PagedList<number>, index: number) {
    for (let i = 0; i < 200 && list.at(index) === undefined; i++)
        await new Promise((done) => setTimeout(done, 1));
    return list.at(index);
}

test('the first piece says how long the list is', async () => {
    const { asked, load } = server(100_000);
    const list = new PagedList(load, true);
    list.need(0, 20);
    assert.equal(await settled(list, 0), 0);
    assert.equal(list.count.value, 100_000);
    assert.equal(asked.length, 1);
});

test('a far jump is one request, and goes on from there by cursor', async () => {
    const { asked, load } = server(100_000);
    const list = new PagedList(load, true);
    list.need(0, 20);
    await settled(list, 0);
    list.need(50_000, 50_020);
    assert.equal(await settled(list, 50_019), 50_019);
    assert.equal(asked.length, 2);
    assert.equal(list.at(30_000), undefined);
    list.need(50_200, 50_220);
    assert.equal(await settled(list, 50_219), 50_219);
    assert.equal(asked[2]?.after, '50200');
    list.need(99_990, 100_000);
    assert.equal(await settled(list, 99_999), 99_999);
    assert.equal(list.count.value, 100_000);
});

test('a list that cannot be entered in its middle is read through, and grows', async () => {
    const { asked, load } = server(1000);
    const list = new PagedList(load, false);
    list.need(0, 10);
    await settled(list, 0);
    assert.equal(list.count.value, 400);
    list.need(390, 400);
    assert.equal(await settled(list, 399), 399);
    assert.ok(asked.every(({ skip, count }) => skip === undefined && count === undefined));
    assert.deepEqual(await list.take(0, 5000), Array.from({ length: 1000 }, (_, i) => i));
    assert.equal(list.count.value, 1000);
});

test('a server that does not count is read through', async () => {
    const { asked, load } = server(1000);
    const list = new PagedList((ask) => load({ ...ask, count: false }), true);
    list.need(0, 10);
    await settled(list, 0);
    list.need(900, 910);
    assert.equal(await settled(list, 905), 905);
    assert.ok(asked.every(({ skip }) => skip === undefined));
});

test('only the newest wish is loaded', async () => {
    const { asked, load } = server(100_000);
    const list = new PagedList(load, true);
    list.need(0, 20);
    for (let top = 1000; top <= 80_000; top += 1000) list.need(top, top + 20);
    assert.equal(await settled(list, 80_019), 80_019);
    assert.equal(asked.length, 2);
});

test('a list that fails is tried again', async () => {
    const { load } = server(10);
    let failures = 1;
    const list = new PagedList<number>(
        (ask) => (failures-- > 0 ? Promise.reject(new Error('away')) : load(ask)),
        true,
    );
    list.need(0, 10);
    await new Promise((done) => setTimeout(done, 5));
    assert.equal(list.status.value, 'failed');
    for (let i = 0; i < 300 && list.at(9) === undefined; i++)
        await new Promise((done) => setTimeout(done, 10));
    assert.equal(list.at(9), 9);
});

test('an empty list is ready, and has nothing', async () => {
    const list = new PagedList(server(0).load, true);
    assert.deepEqual(await list.take(0, 10), []);
    assert.equal(list.status.value, 'ready');
    assert.equal(list.count.value, 0);
});
