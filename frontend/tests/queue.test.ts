import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currentId, kEmptyQueue, queueAt, step } from '../src/lib/queue';

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
});
