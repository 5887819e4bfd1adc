import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fader } from '../src/audio/Fader';
import { keptPart } from '../src/audio/savedQueue';

/** What an AudioParam would do with its events, as the standard says. */
class Param {
    value = 0;
    private events: { at: number; level: number; isRamp: boolean }[] = [];

    cancelScheduledValues(): void {
        this.events = [];
    }
    setValueAtTime(level: number, at: number): void {
        this.events.push({ at, level, isRamp: false });
    }
    linearRampToValueAtTime(level: number, at: number): void {
        this.events.push({ at, level, isRamp: true });
    }
    levelAt(time: number): number {
        let before = { at: 0, level: this.value };
        for (const event of this.events) {
            if (event.at > time) {
                if (!event.isRamp) break;
                const share = (time - before.at) / (event.at - before.at);
                return before.level + share * (event.level - before.level);
            }
            before = event;
        }
        return before.level;
    }
}

function made(level: number): { param: Param; fader: Fader } {
    const param = new Param();
    return { param, fader: new Fader(param as unknown as AudioParam, level) };
}

test('a fade stands still before it, is straight, and stays where it ended', () => {
    const { param, fader } = made(1);
    fader.ramp(10, 11, 2, 0);
    for (const [time, level] of [
        [10, 1],
        [10.9, 1],
        [12, 0.5],
        [13, 0],
        [99, 0],
    ] as const) {
        assert.equal(param.levelAt(time), level);
        assert.equal(fader.levelAt(time), level);
    }
});

test('whatever overtakes a fade begins where it is: there is never a step', () => {
    const { param, fader } = made(1);
    let now = 5;
    let before = 1;
    for (let i = 0; i < 400; i++) {
        // Fades that overtake each other: early, late, long and short ones.
        if (i % 7 === 0) fader.ramp(now, now + 0.01 * (i % 5), 0.05 + 0.01 * (i % 11), (i / 7) % 2);
        if (i % 31 === 0) fader.ramp(now, now - 0.2, 0.1, 1); // planned too late
        for (let k = 0; k < 10; k++) {
            now += 0.0005;
            const level = param.levelAt(now);
            assert.ok(Math.abs(level - before) < 0.11, `a step from ${before} to ${level}`);
            assert.ok(Math.abs(level - fader.levelAt(now)) < 1e-9);
            before = level;
        }
    }
});

test('a plan that is over when it is made is caught up with', () => {
    const { param, fader } = made(0);
    fader.ramp(10, 5, 1, 1);
    assert.equal(param.levelAt(10), 0);
    assert.equal(param.levelAt(10.1), 1);
});

test('of a queue longer than what is kept, what plays and what follows stays', () => {
    const ids = Array.from({ length: 100 }, (_, i) => String(i));
    for (const index of [0, 3, 50, 98, 99]) {
        const kept = keptPart({ ids, index }, 20);
        assert.equal(kept.ids.length, 20);
        assert.equal(kept.ids[kept.index], ids[index]);
    }
    assert.deepEqual(keptPart({ ids, index: 7 }), { ids, index: 7 });
});
