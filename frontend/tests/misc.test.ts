import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs, retryAfterMs } from '../src/lib/backoff';
import { coverOf, kCoverShapes } from '../src/lib/cover';
import { resample } from '../src/lib/waveform';
import { settingsOf } from '../src/model/settings';

test('waits double up to half a minute', () => {
    assert.deepEqual(
        [0, 1, 2, 3, 4, 5, 50].map(backoffMs),
        [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000],
    );
});

test('Retry-After in seconds is kept, anything else falls back', () => {
    assert.equal(retryAfterMs('2', 500), 2000);
    assert.equal(retryAfterMs('0', 500), 0);
    assert.equal(retryAfterMs('86400', 500), 30_000);
    for (const header of [null, '', '-1', 'Wed, 21 Oct 2026 07:28:00 GMT']) {
        assert.equal(retryAfterMs(header, 500), 500);
    }
});

test('a waveform keeps its peaks when it is made narrower and reaches full height', () => {
    const peaks = Array.from({ length: 1000 }, (_, i) => (i === 503 ? 0.5 : 0.1));
    const bars = resample(peaks, 10);
    assert.equal(bars.length, 10);
    assert.equal(Math.max(...bars), 1);
    assert.equal(bars.indexOf(1), 5);
});

test('a waveform can be stretched, and silence stays flat', () => {
    assert.deepEqual(resample([0.5, 1], 4), [0.5, 0.5, 1, 1]);
    assert.deepEqual(resample([0, 0, 0], 3), [0, 0, 0]);
    assert.deepEqual(resample([], 2), [0, 0]);
});

test('an album keeps its drawn cover, and covers differ', () => {
    assert.deepEqual(coverOf('A/B'), coverOf('A/B'));
    const covers = new Set<string>();
    for (let i = 0; i < 100; i++) {
        const { colours, shape, turn } = coverOf(`Artist/Album ${i}`);
        assert.ok(shape >= 0 && shape < kCoverShapes);
        covers.add(`${colours.join()}${shape}${turn}`);
    }
    assert.ok(covers.size > 50, `${covers.size} different covers`);
});

test('stored settings are taken field by field where they make sense', () => {
    const defaults = settingsOf(null);
    assert.equal(defaults.preset, 'adaptive');
    assert.deepEqual(settingsOf('not json'), defaults);
    assert.deepEqual(settingsOf('[]'), defaults);
    assert.deepEqual(settingsOf('null'), defaults);
    const odd = settingsOf(
        '{"preset":"<b>","intensity":7,"volume":0.4,"muted":"yes",' +
            '"targetLufs":-40,"ceilingDbtp":-2,"speed":0,"repeat":"two","blend":0.25}',
    );
    assert.deepEqual(odd, {
        ...defaults,
        volume: 0.4,
        ceilingDbtp: -2,
        blend: 0.25,
    });
});
