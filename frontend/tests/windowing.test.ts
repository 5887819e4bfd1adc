import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offsetsOf, rowAt, windowOf } from '../src/lib/windowing';

const heights = [90, 50, 50, 90, 50];
const offsets = offsetsOf(heights, heights.length);

test('offsets add up the heights', () => {
    assert.deepEqual([...offsets], [0, 90, 140, 190, 280, 330]);
});

test('the row at a height is the one that covers it', () => {
    assert.equal(rowAt(offsets, -10), 0);
    assert.equal(rowAt(offsets, 0), 0);
    assert.equal(rowAt(offsets, 89.9), 0);
    assert.equal(rowAt(offsets, 90), 1);
    assert.equal(rowAt(offsets, 279), 3);
    assert.equal(rowAt(offsets, 9999), 4);
});

test('a window holds every row that is seen, and no more than the overscan besides', () => {
    assert.deepEqual(windowOf(offsets, 95, 60, 0), { begin: 1, end: 3 });
    assert.deepEqual(windowOf(offsets, 95, 60, 1), { begin: 0, end: 4 });
    assert.deepEqual(windowOf(offsets, 0, 9999, 8), { begin: 0, end: 5 });
});

test('no rows give an empty window', () => {
    assert.deepEqual(windowOf(offsetsOf([], 0), 0, 500, 4), { begin: 0, end: 0 });
});

test('a window over a hundred thousand rows stays small wherever it stands', () => {
    const count = 100_000;
    const many = offsetsOf(
        Array.from({ length: count }, (_, i) => (i % 11 === 0 ? 92 : 52)),
        count,
    );
    for (const share of [0, 0.3, 0.99, 1]) {
        const { begin, end } = windowOf(many, share * (many[count] ?? 0), 900, 8);
        assert.ok(end - begin <= 40, `${end - begin} rows`);
        assert.ok(begin >= 0 && end <= count && begin < end);
    }
});
