import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hopFramesOf } from '../src/lib/meter/HopMeter';
import { Measured } from '../src/lib/meter/Measured';
import { kHopsPerSpectrum, kThirdOctaves, ThirdOctaves } from '../src/lib/meter/ThirdOctaves';

const kRates = [44_100, 48_000, 96_000];

function sine(rate: number, seconds: number, hz: number, peak: number): Float32Array {
    return Float32Array.from(
        { length: Math.round(rate * seconds) },
        (_, i) => peak * Math.sin((2 * Math.PI * hz * i) / rate),
    );
}

/** The levels of the last step, pushed in blocks of uneven size. */
function levelsOf(rate: number, channels: Float32Array[]): number[] {
    const meter = new ThirdOctaves(rate);
    const frames = channels[0]?.length ?? 0;
    let last: number[] = [];
    for (let at = 0, i = 0; at < frames; i++) {
        const to = Math.min(frames, at + 1 + ((i * 7919) % 9000));
        const blocks = channels.map((samples) => samples.subarray(at, to));
        const { levelsDb } = meter.push(at, blocks);
        if (levelsDb.length > 0) last = [...levelsDb.slice(-kThirdOctaves)];
        at = to;
    }
    return last;
}

test('a tone shows its power in its own third octave', () => {
    for (const rate of kRates) {
        for (const band of [10, 17, 24, 29]) {
            const hz = 1000 * 10 ** ((band - 17) / 10);
            const tone = sine(rate, 1, hz, 0.5);
            const levels = levelsOf(rate, [tone, tone]);
            assert.equal(levels.length, kThirdOctaves);
            assert.equal(levels.indexOf(Math.max(...levels)), band, `${hz} Hz at ${rate}`);
            // Half of full scale is -9 dB of power.
            assert.ok(Math.abs((levels[band] ?? 0) + 9.03) < 0.1, `${levels[band]} dB at ${hz} Hz`);
        }
    }
});

test('only the middle counts', () => {
    const tone = sine(48_000, 1, 1000, 0.5);
    const against = tone.map((sample) => -sample);
    assert.ok(Math.max(...levelsOf(48_000, [tone, against])) < -100);
    const [one, both] = [levelsOf(48_000, [tone]), levelsOf(48_000, [tone, tone])];
    assert.ok(Math.abs((one[17] ?? 0) - (both[17] ?? 0)) < 1e-6);
});

test('steps lie on the grid of the track, and a jump begins afresh', () => {
    const rate = 48_000;
    const meter = new ThirdOctaves(rate);
    const step = hopFramesOf(rate) * kHopsPerSpectrum;
    const tone = sine(rate, 1, 1000, 0.5);
    const begun = meter.push(60 * rate, [tone]);
    // 8192 frames have to be there first.
    assert.equal(begun.first, 601);
    assert.equal(begun.levelsDb.length, 9 * kThirdOctaves);
    assert.equal(meter.push(61 * rate, [tone.subarray(0, step)]).first, 610);
    const elsewhere = meter.push(10 * rate, [tone.subarray(0, step)]);
    assert.equal(elsewhere.levelsDb.length, 0);
});

test('the spectrum that is shown follows at once upwards and falls 30 dB a second', () => {
    const rate = 48_000;
    const measured = new Measured(rate);
    const none = { first: 0, energy: new Float32Array(0), peak: new Float32Array(0) };
    const flat = (db: number) => new Float32Array(kThirdOctaves).fill(db);
    const steps = [-80, -20, -80, -80, -80, -80, -80, -80, -80];
    const levelsDb = Float32Array.from(steps.flatMap((db) => [...flat(db)]));
    measured.add(none, { first: 50, levelsDb });

    const at = (seconds: number) => measured.spectrumDb(seconds)?.[17];
    const near = (seconds: number, db: number) =>
        assert.ok(Math.abs((at(seconds) ?? 0) - db) < 0.01, `${at(seconds)} dB at ${seconds} s`);
    near(5.001, -79.4);
    near(5.05, -50);
    near(5.1, -20);
    near(5.3, -26);
    near(5.55, -33.5);
    assert.equal(at(4.8), undefined);
    assert.equal(at(7), undefined);
});
