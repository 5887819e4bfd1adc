import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
    append,
    clearOthers,
    currentId,
    following,
    insertNext,
    jump,
    kEmptyQueue,
    moveEntry,
    queueAt,
    removeAt,
    shuffle,
    step,
    unshuffle,
    type Queue,
} from '../src/lib/queue';

const all = () => true;

/** Repeatable chance: a linear congruential generator. */
function chance(seed: number): () => number {
    let state = seed;
    return () => {
        state = (state * 1664525 + 1013904223) >>> 0;
        return state / 2 ** 32;
    };
}

test('a queue stands at the asked id', () => {
    const queue = queueAt(['a', 'b', 'c'], 'b');
    assert.equal(currentId(queue), 'b');
});

test('an id that the list does not hold becomes a queue of its own', () => {
    assert.deepEqual(queueAt(['a', 'b'], 'z'), { ids: ['z'], index: 0 });
});

test('steps go forth and back and end at the edges', () => {
    const queue = queueAt(['a', 'b', 'c'], 'b');
    const next = step(queue, 1);
    assert.equal(next && currentId(next), 'c');
    assert.equal(next && step(next, 1), undefined);
    const previous = step(queue, -1);
    assert.equal(previous && currentId(previous), 'a');
    assert.equal(previous && step(previous, -1), undefined);
});

test('missing tracks are stepped over in both directions', () => {
    const present = (id: string) => id !== 'b' && id !== 'c';
    const forth = step(queueAt(['a', 'b', 'c', 'd'], 'a'), 1, present);
    assert.equal(forth && currentId(forth), 'd');
    const back = step(queueAt(['a', 'b', 'c', 'd'], 'd'), -1, present);
    assert.equal(back && currentId(back), 'a');
    assert.equal(step(queueAt(['a', 'b', 'c'], 'a'), 1, present), undefined);
});

test('an empty queue has neither a current id nor a neighbour', () => {
    assert.equal(currentId(kEmptyQueue), undefined);
    assert.equal(step(kEmptyQueue, 1), undefined);
    assert.equal(step(kEmptyQueue, -1), undefined);
    assert.equal(step(kEmptyQueue, 1, all, 'all'), undefined);
});

test('repeating all goes round in both directions, past what is missing', () => {
    const present = (id: string) => id !== 'a';
    const forth = step(queueAt(['a', 'b', 'c'], 'c'), 1, present, 'all');
    assert.equal(forth && currentId(forth), 'b');
    const back = step(queueAt(['a', 'b', 'c'], 'b'), -1, present, 'all');
    assert.equal(back && currentId(back), 'c');
    const alone = step(queueAt(['b'], 'b'), 1, all, 'all');
    assert.equal(alone?.index, 0);
});

test('repeating one holds at the end of the track and lets the listener step on', () => {
    const queue = queueAt(['a', 'b'], 'a');
    assert.equal(following(queue, all, 'one'), queue);
    assert.equal(following(queue, all, 'off')?.index, 1);
    assert.equal(step(queue, 1, all, 'one')?.index, 1);
    assert.equal(following(queueAt(['a', 'b'], 'b'), all, 'off'), undefined);
    assert.equal(following(queueAt(['a', 'b'], 'b'), all, 'all')?.index, 0);
});

test('tracks go in behind the current one, or at the end', () => {
    const queue = queueAt(['a', 'b', 'c'], 'b');
    assert.deepEqual(insertNext(queue, ['x', 'y']), { ids: ['a', 'b', 'x', 'y', 'c'], index: 1 });
    assert.deepEqual(append(queue, ['x']), { ids: ['a', 'b', 'c', 'x'], index: 1 });
    assert.deepEqual(append(kEmptyQueue, ['x', 'y']), { ids: ['x', 'y'], index: 0 });
    assert.deepEqual(insertNext(kEmptyQueue, ['x']), { ids: ['x'], index: 0 });
    assert.deepEqual(append(kEmptyQueue, []), { ids: [], index: -1 });
});

test('whatever is moved or removed, what plays goes on playing', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (let index = 0; index < ids.length; index++) {
        const queue: Queue = { ids, index };
        for (let from = 0; from < ids.length; from++) {
            for (let to = 0; to < ids.length; to++) {
                const moved = moveEntry(queue, from, to);
                assert.equal(moved.ids[to], ids[from]);
                assert.equal(currentId(moved), ids[index], `${index}: ${from} to ${to}`);
                assert.deepEqual([...moved.ids].sort(), ids);
            }
            const less = removeAt(queue, from);
            const left = ids.filter((_, i) => i !== from);
            assert.deepEqual(less.ids, left);
            const expected = from === index ? (left[index] ?? left.at(-1)) : ids[index];
            assert.equal(currentId(less), expected, `${index} without ${from}`);
        }
    }
});

test('places that the queue does not have change nothing', () => {
    const queue = queueAt(['a', 'b'], 'a');
    assert.equal(removeAt(queue, 2), queue);
    assert.equal(moveEntry(queue, 0, 2), queue);
    assert.equal(moveEntry(queue, -1, 0), queue);
    assert.equal(jump(queue, 7), queue);
    assert.equal(jump(queue, 1).index, 1);
});

test('the last entry taken out leaves an empty queue, clearing leaves what plays', () => {
    assert.deepEqual(removeAt(queueAt(['a'], 'a'), 0), kEmptyQueue);
    assert.deepEqual(clearOthers(queueAt(['a', 'b', 'c'], 'b')), { ids: ['b'], index: 0 });
    assert.deepEqual(clearOthers(kEmptyQueue), kEmptyQueue);
});

test('a shuffle begins with what plays, holds everything, and goes back', () => {
    const ids = Array.from({ length: 50 }, (_, i) => String(i % 40));
    for (let index = 0; index < ids.length; index += 7) {
        const queue: Queue = { ids, index };
        const mixed = shuffle(queue, chance(index + 1));
        assert.equal(mixed.index, 0);
        assert.equal(currentId(mixed), ids[index]);
        assert.deepEqual([...mixed.ids].sort(), [...ids].sort());
        assert.notDeepEqual(mixed.ids, ids);
        assert.deepEqual(unshuffle(mixed), queue);
        assert.deepEqual(unshuffle(shuffle(mixed, chance(9))), queue);
    }
});

test('every order is as likely as the others', () => {
    const seen = new Map<string, number>();
    const random = chance(42);
    const rounds = 6000;
    for (let i = 0; i < rounds; i++) {
        const order = shuffle({ ids: ['a', 'b', 'c'], index: -1 }, random).ids.join('');
        seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    assert.equal(seen.size, 6);
    for (const [order, times] of seen) {
        assert.ok(Math.abs(times / rounds - 1 / 6) < 0.03, `${order}: ${times}`);
    }
});

test('what changes while shuffled has its place in the order before', () => {
    const queue = queueAt(['a', 'b', 'c', 'd'], 'b');
    const mixed = shuffle(queue, chance(3));
    const grown = append(insertNext(mixed, ['x', 'y']), ['z']);
    assert.deepEqual(unshuffle(grown), { ids: ['a', 'b', 'x', 'y', 'c', 'd', 'z'], index: 1 });
    const without = removeAt(grown, grown.ids.indexOf('c'));
    assert.deepEqual(unshuffle(without).ids, ['a', 'b', 'x', 'y', 'd', 'z']);
    const moved = moveEntry(grown, 0, 3);
    assert.deepEqual(unshuffle(moved), { ids: ['a', 'b', 'x', 'y', 'c', 'd', 'z'], index: 1 });
    let deep = mixed;
    for (let i = 0; i < 100; i++) deep = insertNext(deep, [`n${i}`]);
    assert.deepEqual(unshuffle(deep).ids.slice(0, 4), ['a', 'b', 'n99', 'n98']);
});
