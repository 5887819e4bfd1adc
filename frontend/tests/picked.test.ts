import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kNonePicked, pickTo, pickedRows, togglePicked } from '../src/lib/picked';

test('rows are picked and let go one by one', () => {
    const both = togglePicked(togglePicked(kNonePicked, 7), 3);
    assert.deepEqual(pickedRows(both), [3, 7]);
    assert.deepEqual(pickedRows(togglePicked(both, 7)), [3]);
});

test('a range goes from the anchor, up or down, and can be drawn again', () => {
    const one = togglePicked(kNonePicked, 5);
    const down = pickTo(one, 8);
    assert.deepEqual(pickedRows(down), [5, 6, 7, 8]);
    assert.deepEqual(pickedRows(pickTo(down, 3)), [3, 4, 5]);
    assert.deepEqual(pickedRows(pickTo(down, 5)), [5]);
});
