import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areNeighbours, overlapSeconds } from '../src/lib/overlap';
import { Grains } from '../src/lib/stretch';
import type { Track } from '../src/api/types';

const kRate = 44100;

function reader(source: Float32Array) {
    return (frame: number, count: number) =>
        Float32Array.from({ length: count }, (_, i) => source[frame + i] ?? 0);
}

function stretched(source: Float32Array, speed: number, from = 0): Float32Array {
    const grains = new Grains(kRate, speed, from);
    const read = reader(source);
    const out: number[] = [];
    for (let i = 0; grains.sourceEnd(i) <= source.length; i++) {
        grains.decide(i, read);
        out.push(...(grains.segment(i, (frame, count) => [read(frame, count)])[0] ?? []));
    }
    return Float32Array.from(out);
}

function tone(hz: number, seconds: number): Float32Array {
    return Float32Array.from({ length: kRate * seconds }, (_, i) =>
        Math.sin((2 * Math.PI * hz * i) / kRate),
    );
}

/** The level of one frequency, 1 for a full-scale tone. */
function levelOf(samples: Float32Array, hz: number): number {
    let re = 0;
    let im = 0;
    samples.forEach((x, i) => {
        re += x * Math.cos((2 * Math.PI * hz * i) / kRate);
        im += x * Math.sin((2 * Math.PI * hz * i) / kRate);
    });
    return (2 * Math.hypot(re, im)) / samples.length;
}

for (const speed of [0.5, 0.8, 1.25, 2]) {
    test(`at ${speed} times the speed a tone keeps its pitch and level`, () => {
        for (const hz of [60, 440, 5000]) {
            const out = stretched(tone(hz, 3), speed);
            assert.ok(Math.abs(out.length / kRate - 3 / speed) < 0.15, `${out.length} frames`);
            const piece = out.subarray(2000, 2000 + kRate);
            assert.ok(levelOf(piece, hz) > 0.95, `${hz} Hz: ${levelOf(piece, hz)}`);
            assert.ok(levelOf(piece, hz * speed) < 0.1);
            let step = 0;
            for (let i = 1; i < out.length; i++)
                step = Math.max(step, Math.abs((out[i] ?? 0) - (out[i - 1] ?? 0)));
            const own = 2 * Math.sin((Math.PI * hz) / kRate);
            assert.ok(step < 1.1 * own + 0.01, `${hz} Hz: a step of ${step}`);
        }
    });
}

test('a click comes out where its time is, within half of a grain', () => {
    const source = new Float32Array(kRate * 2);
    source[kRate] = 1;
    const out = stretched(source, 1.5);
    const at = out.findIndex((x) => Math.abs(x) > 0.4);
    assert.ok(Math.abs(at - kRate / 1.5) < 0.03 * kRate, `at ${at}`);
});

test('another voice follows the grains that the first one chose', () => {
    const source = tone(220, 2).map((x, i) => x * Math.sin(i / 5000));
    const louder = source.map((x) => 2 * x);
    const grains = new Grains(kRate, 1.3, 500);
    for (let i = 0; i < 30; i++) {
        grains.decide(i, reader(source));
        const [one] = grains.segment(i, (frame, count) => [reader(source)(frame, count)]);
        const [two] = grains.segment(i, (frame, count) => [reader(louder)(frame, count)]);
        one?.forEach((x, at) => assert.ok(Math.abs(2 * x - (two?.[at] ?? 0)) < 1e-5));
    }
});

test('tracks that follow each other on an album have no crossfade, others as long as asked', () => {
    const track = (changes: Partial<Track>): Track => ({
        id: '1',
        title: '',
        artist: 'A',
        album: 'X',
        albumArtist: '',
        genre: '',
        trackNumber: 1,
        discNumber: 1,
        year: 0,
        durationSeconds: 200,
        sampleRateHz: 44100,
        channels: 2,
        codec: 'flac',
        missing: false,
        playCount: 0,
        lastPlayedAtMs: null,
        starredAtMs: null,
        rating: null,
        albumId: null,
        addedAtMs: 0,
        ...changes,
    });
    const first = track({});
    assert.ok(areNeighbours(first, track({ trackNumber: 2 })));
    assert.ok(areNeighbours(track({ trackNumber: 9 }), track({ discNumber: 2 })));
    assert.ok(areNeighbours(first, track({ trackNumber: 0 })));
    assert.ok(!areNeighbours(first, track({ trackNumber: 3 })));
    assert.ok(!areNeighbours(track({ trackNumber: 2 }), first));
    assert.ok(!areNeighbours(first, track({ trackNumber: 2, album: 'Y' })));
    assert.ok(!areNeighbours(track({ album: '' }), track({ album: '', trackNumber: 2 })));
    assert.equal(overlapSeconds(first, track({ trackNumber: 2 }), 6), 0);
    assert.equal(overlapSeconds(first, track({ album: 'Y' }), 6), 6);
    assert.equal(overlapSeconds(first, track({ album: 'Y', durationSeconds: 8 }), 6), 2);
    assert.equal(overlapSeconds(first, track({ album: 'Y' }), 0), 0);
});
