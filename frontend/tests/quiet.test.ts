import assert from 'node:assert/strict';
import { test } from 'node:test';

/** What the browser would do when it has time. */
const idle: (() => void)[] = [];
Object.assign(globalThis, {
    window: globalThis,
    requestIdleCallback: (act: () => void) => void idle.push(act),
});
const hasTime = () => idle.shift()?.();

test('nothing that can wait happens while something is on its way, then one after the other', async () => {
    const { whenQuiet, whileLoading } = await import('../src/lib/quiet');
    const done: string[] = [];
    let arrive = () => {};
    const answer = whileLoading(new Promise<void>((resolve) => (arrive = resolve)));
    whenQuiet(() => done.push('first'));
    whenQuiet(() => done.push('second'));
    hasTime();
    assert.deepEqual(done, []);
    arrive();
    await answer;
    await Promise.resolve();
    assert.deepEqual(done, [], 'not before the browser has time');
    hasTime();
    assert.deepEqual(done, ['first']);
    // What the first one asks for goes before the second.
    const more = whileLoading(Promise.reject(new Error('away')));
    hasTime();
    assert.deepEqual(done, ['first']);
    await more.catch(() => {});
    await Promise.resolve();
    hasTime();
    assert.deepEqual(done, ['first', 'second']);
});
