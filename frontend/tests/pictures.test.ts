import assert from 'node:assert/strict';
import { test } from 'node:test';

/** What the browser would do: timers run out, and then it has a frame. */
const timers: (() => void)[] = [];
const frames: ((now: number) => void)[] = [];
const realTimeout = globalThis.setTimeout;
const passFrame = (now: number) => {
    timers.splice(0).forEach((act) => act());
    frames.splice(0).forEach((act) => act(now));
};

test('all that moves is drawn in the same frames, and nothing is asked for when nothing moves', async () => {
    Object.assign(globalThis, {
        setTimeout: (act: () => void) => timers.push(act),
        requestAnimationFrame: (act: (now: number) => void) => frames.push(act),
    });
    try {
        const { onPictures } = await import('../src/lib/pictures');
        const drawn: string[] = [];
        const stopOne = onPictures((now) => drawn.push(`one ${now}`));
        const stopTwo = onPictures((now) => {
            drawn.push(`two ${now}`);
            if (now === 2) stopTwo();
        });
        assert.equal(timers.length, 1);
        passFrame(1);
        assert.deepEqual(drawn, ['one 1', 'two 1']);
        assert.equal(timers.length, 1, 'one frame for both, once more');
        passFrame(2);
        passFrame(3);
        assert.deepEqual(drawn.slice(2), ['one 2', 'two 2', 'one 3']);
        stopOne();
        passFrame(4);
        assert.equal(drawn.length, 5);
        assert.equal(timers.length + frames.length, 0);
        // Stopped and begun again before its frame: still one at a time.
        const stopThree = onPictures(() => drawn.push('three'));
        stopThree();
        const stopFour = onPictures(() => drawn.push('four'));
        passFrame(5);
        assert.deepEqual(drawn.slice(5), ['four']);
        assert.equal(timers.length, 1);
        stopFour();
    } finally {
        globalThis.setTimeout = realTimeout;
    }
});
