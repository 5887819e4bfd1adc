import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resampler } from '../src/lib/resample';

function sine(hz: number, rateHz: number, count: number, from = 0): Float32Array {
    return Float32Array.from({ length: count }, (_, i) =>
        Math.sin((2 * Math.PI * hz * (i + from)) / rateHz),
    );
}

/** The whole of `input`, pushed in pieces of `size`. */
function whole(resampler: Resampler, input: Float32Array, size: number): Float32Array {
    resampler.seek(0);
    const out: number[] = [];
    for (let at = 0; at < input.length; at += size)
        out.push(...(resampler.push([input.subarray(at, at + size)])[0] ?? []));
    out.push(...(resampler.finish(input.length)[0] ?? []));
    return Float32Array.from(out);
}

function errorDb(heard: Float32Array, wanted: Float32Array, edge: number): number {
    let error = 0;
    let energy = 0;
    for (let i = edge; i < wanted.length - edge; i++) {
        error += ((heard[i] ?? 0) - (wanted[i] ?? 0)) ** 2;
        energy += (wanted[i] ?? 0) ** 2;
    }
    return 10 * Math.log10(error / energy);
}

for (const [from, to] of [
    [44100, 48000],
    [48000, 44100],
    [96000, 44100],
    [22050, 48000],
    [44056, 48000],
] as const) {
    test(`${from} to ${to} Hz keeps tones, their level and their place`, () => {
        for (const hz of [100, 1000, 0.42 * Math.min(from, to)]) {
            const input = sine(hz, from, from / 4);
            const out = whole(new Resampler(from, to), input, 1000);
            assert.equal(out.length, Math.ceil((input.length * to) / from));
            const error = errorDb(out, sine(hz, to, out.length), 400);
            assert.ok(error < -90, `${hz} Hz: ${error} dB`);
        }
    });
}

test('what the lower rate cannot hold is taken away', () => {
    const out = whole(new Resampler(96000, 44100), sine(30_000, 96000, 24_000), 999);
    const peak = out.subarray(400, -400).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    assert.ok(peak < 1e-4, `${20 * Math.log10(peak)} dB`);
});

test('the size of the pieces changes nothing, nor does where a stream begins', () => {
    const input = sine(1234, 44100, 20_000);
    const all = whole(new Resampler(44100, 48000), input, 20_000);
    assert.deepEqual(whole(new Resampler(44100, 48000), input, 77), all);
    const later = new Resampler(44100, 48000);
    const first = later.seek(9001);
    const [piece] = later.push([input.subarray(first, first + 5000)]);
    assert.ok(piece && piece.length > 4000);
    assert.deepEqual([...piece], [...all.subarray(9001, 9001 + piece.length)]);
});
