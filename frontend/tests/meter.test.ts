import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HopMeter } from '../src/lib/meter/HopMeter';
import { Measured } from '../src/lib/meter/Measured';

const kRates = [44_100, 48_000, 96_000];

interface Part {
    seconds: number;
    dbfs: number;
}

/** A 1 kHz sine, the same on every channel, whose level changes from part to part. */
function tone(rate: number, channels: number, parts: Part[], hz = 1000, phase = 0): Float32Array[] {
    const frames = parts.reduce((sum, { seconds }) => sum + Math.round(seconds * rate), 0);
    const samples = new Float32Array(frames);
    let at = 0;
    for (const { seconds, dbfs } of parts) {
        const peak = 10 ** (dbfs / 20);
        for (const end = at + Math.round(seconds * rate); at < end; at++) {
            samples[at] = peak * Math.sin((2 * Math.PI * hz * at) / rate + phase);
        }
    }
    return Array.from({ length: channels }, () => samples);
}

/** Deterministic blocks of uneven size. */
function measured(rate: number, sound: Float32Array[], start = 0): Measured {
    const meter = new HopMeter(rate, sound.length);
    const result = new Measured(rate);
    const frames = sound[0]?.length ?? 0;
    let at = 0;
    for (let i = 0; at < frames; i++) {
        const to = Math.min(frames, at + 1 + ((i * 7919) % 12_000));
        result.add(
            meter.push(
                start + at,
                sound.map((samples) => samples.subarray(at, to)),
            ),
        );
        at = to;
    }
    return result;
}

const near = (value: number | undefined, wanted: number, within: number, what: string) =>
    assert.ok(
        value !== undefined && Math.abs(value - wanted) <= within,
        `${what}: ${value}, not ${wanted} within ${within}`,
    );

// EBU Tech 3341, cases 1 and 2: a stereo sine of 1 kHz measures what its peak says.
for (const rate of kRates) {
    for (const level of [-23, -33]) {
        test(`a stereo sine of ${level} dBFS is ${level} LUFS at ${rate} Hz`, () => {
            const meters = measured(rate, tone(rate, 2, [{ seconds: 5, dbfs: level }]));
            for (const at of [3.2, 4.1, 4.9]) {
                near(meters.momentaryLufs(at), level, 0.1, 'momentary');
                near(meters.shortTermLufs(at), level, 0.1, 'short-term');
            }
        });
    }
}

test('the same on one channel is 3 LU quieter', () => {
    const meters = measured(48_000, tone(48_000, 1, [{ seconds: 4, dbfs: -23 }]));
    near(meters.shortTermLufs(3.5), -26.01, 0.05, 'short-term');
});

// EBU Tech 3341, case 9: -20 for 1.34 s, -30 for 1.66 s, again and again, is -23 all the time.
test('short-term loudness is steady where each three seconds hold the same', () => {
    const parts = Array.from({ length: 5 }, () => [
        { seconds: 1.34, dbfs: -20 },
        { seconds: 1.66, dbfs: -30 },
    ]).flat();
    const meters = measured(48_000, tone(48_000, 2, parts));
    for (let at = 3.1; at < 14.9; at += 0.07) {
        near(meters.shortTermLufs(at), -23, 0.1, `at ${at.toFixed(2)} s`);
    }
});

// EBU Tech 3341, case 12: -20 for 0.18 s, -30 for 0.22 s is -23 momentary.
test('momentary loudness is steady where each 400 ms hold the same', () => {
    const parts = Array.from({ length: 25 }, () => [
        { seconds: 0.18, dbfs: -20 },
        { seconds: 0.22, dbfs: -30 },
    ]).flat();
    const meters = measured(48_000, tone(48_000, 2, parts));
    for (let at = 1; at < 9.9; at += 0.033) {
        near(meters.momentaryLufs(at), -23, 0.1, `at ${at.toFixed(3)} s`);
    }
});

test('the centre counts as the fronts, the surrounds 1.5 dB more, the LFE not at all', () => {
    const rate = 48_000;
    const one = tone(rate, 1, [{ seconds: 4, dbfs: -20 }])[0] as Float32Array;
    const silent = new Float32Array(one.length);
    const only = (channel: number) =>
        measured(
            rate,
            Array.from({ length: 6 }, (_, i) => (i === channel ? one : silent)),
        ).shortTermLufs(3.5);
    near(only(2), -23.01, 0.05, 'centre');
    near(only(4), -23.01 + 10 * Math.log10(1.41), 0.05, 'surround');
    assert.ok((only(3) ?? 0) < -100, 'LFE');
});

// EBU Tech 3341, cases 15 to 18: 0.5 full scale at a quarter of the rate, whatever its phase.
for (const degrees of [0, 45, 60, 67.5]) {
    test(`a tone at a quarter of the rate and ${degrees} degrees peaks at -6 dBTP`, () => {
        const parts = [{ seconds: 1, dbfs: 20 * Math.log10(0.5) }];
        const sound = tone(48_000, 2, parts, 12_000, (degrees * Math.PI) / 180);
        const peak = measured(48_000, sound).heldPeakDbtp(0.9);
        assert.ok(peak !== undefined && peak > -6.4 && peak < -5.8, `${peak} dBTP`);
    });
}

test('tones up to 0.45 of the rate peak within 0.2 dB of what they are', () => {
    for (const rate of kRates) {
        for (const share of [0.01, 0.1, 0.21, 0.3333, 0.4, 0.45]) {
            for (const phase of [0, 0.7, 1.3]) {
                const sound = tone(rate, 1, [{ seconds: 0.5, dbfs: -3 }], share * rate, phase);
                // A tone that begins in full has an edge of its own; what comes later is the tone.
                const meters = measured(rate, sound);
                let most = -Infinity;
                for (let at = 0.1; at < 0.45; at += 0.02) {
                    most = Math.max(most, meters.peakDbtp(at) ?? -Infinity);
                }
                near(most, -3, 0.2, `${share} of ${rate} Hz`);
            }
        }
    }
});

test('a peak is held for a while and falls 20 dB in 1.7 s', () => {
    const sound = tone(48_000, 2, [
        { seconds: 1, dbfs: -6 },
        { seconds: 4, dbfs: -80 },
    ]);
    const meters = measured(48_000, sound);
    near(meters.peakDbtp(0.9), -6, 0.1, 'while it sounds');
    near(meters.peakDbtp(1 + 0.85), -16, 0.4, 'half of 1.7 s later');
    near(meters.heldPeakDbtp(2.8), -6, 0.1, 'held');
    near(meters.heldPeakDbtp(3.5), -80, 1, 'let go');
});

test('a reading does not depend on how the sound was cut into blocks', () => {
    const rate = 44_100;
    const sound = tone(rate, 2, [
        { seconds: 2, dbfs: -12 },
        { seconds: 2, dbfs: -30 },
    ]);
    const uneven = measured(rate, sound);
    const whole = new Measured(rate);
    whole.add(new HopMeter(rate, 2).push(0, sound));
    for (let at = 0.05; at < 3.9; at += 0.11) {
        near(uneven.momentaryLufs(at), whole.momentaryLufs(at) ?? NaN, 1e-4, `at ${at} s`);
        near(uneven.peakDbtp(at), whole.peakDbtp(at) ?? NaN, 1e-4, `peak at ${at} s`);
    }
});

test('after a jump it reads what there is, and nothing where nothing was measured', () => {
    const rate = 48_000;
    const start = 60 * rate + 123;
    const meters = measured(rate, tone(rate, 2, [{ seconds: 2, dbfs: -23 }]), start);
    near(meters.shortTermLufs(61), -23, 0.15, 'a second after the jump');
    near(meters.momentaryLufs(61.5), -23, 0.1, 'momentary');
    assert.equal(meters.momentaryLufs(59), undefined);
    assert.equal(meters.shortTermLufs(70), undefined);
    assert.equal(meters.peakDbtp(10), undefined);
});

test('a jump back writes over what was there', () => {
    const rate = 48_000;
    const meter = new HopMeter(rate, 2);
    const meters = new Measured(rate);
    meters.add(meter.push(0, tone(rate, 2, [{ seconds: 4, dbfs: -30 }])));
    meters.add(meter.push(0, tone(rate, 2, [{ seconds: 4, dbfs: -20 }])));
    near(meters.shortTermLufs(3.5), -20, 0.1, 'the newer');
});

test('silence has no loudness, and is finite on no meter by accident', () => {
    const meters = measured(48_000, [new Float32Array(48_000), new Float32Array(48_000)]);
    const momentary = meters.momentaryLufs(0.9);
    assert.ok(momentary !== undefined && momentary < -200, `${momentary}`);
    assert.equal(meters.heldPeakDbtp(0.9), -Infinity);
});
