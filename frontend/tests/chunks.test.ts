import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chunkStateOf, countReady, segmentsOf, type ChunkState } from '../src/lib/chunks';

test('each chunk covers its 30 seconds and the last ends with the track', () => {
    const segments = segmentsOf(['ready', 'rendering', 'none'], 30, 75);
    assert.deepEqual(
        segments.map(({ from, to }) => [from, to]),
        [
            [0, 0.4],
            [0.4, 0.8],
            [0.8, 1],
        ],
    );
    assert.deepEqual(
        segments.map(({ state }) => state),
        ['ready', 'rendering', 'none'],
    );
});

test('a track shorter than a chunk is one whole segment', () => {
    assert.deepEqual(segmentsOf(['ready'], 30, 4), [{ from: 0, to: 1, state: 'ready' }]);
});

test('nothing is drawn while the length or the chunks are unknown', () => {
    assert.deepEqual(segmentsOf([], 30, 100), []);
    assert.deepEqual(segmentsOf(['ready'], 30, 0), []);
    assert.deepEqual(segmentsOf(['ready'], 30, NaN), []);
    assert.deepEqual(segmentsOf(['ready'], 0, 100), []);
});

test('a duration that the chunks overshoot stays inside the bar', () => {
    for (const { from, to } of segmentsOf(['none', 'none', 'none', 'none'], 30, 80)) {
        assert.ok(from >= 0 && to <= 1 && from <= to);
    }
});

test('beyond the limit, runs of one state are one segment and still cover everything', () => {
    const states: ChunkState[] = Array.from({ length: 1000 }, (_, i) =>
        i < 300 ? 'ready' : 'none',
    );
    states[300] = 'rendering';
    const segments = segmentsOf(states, 30, 30_000);
    assert.equal(segments.length, 3);
    assert.equal(segments[0]?.from, 0);
    assert.equal(segments[2]?.to, 1);
    segments.slice(1).forEach((segment, i) => assert.equal(segment.from, segments[i]?.to));
});

test('an unknown word counts as none', () => {
    assert.equal(chunkStateOf('ready'), 'ready');
    assert.equal(chunkStateOf('evicted'), 'none');
});

test('only ready chunks are counted ready', () => {
    assert.equal(countReady(['ready', 'rendering', 'queued', 'none', 'ready']), 2);
});
