import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Listening } from '../src/lib/listening';

function heard(seconds: number): Listening {
    const listening = new Listening('7', 1000);
    for (let at = 0; at <= seconds; at += 0.25) listening.hear(at);
    return listening;
}

test('what is heard adds up, and seeks do not', () => {
    const listening = heard(10);
    assert.equal(listening.seconds, 10);
    listening.hear(100);
    listening.hear(100.25);
    listening.hear(5);
    listening.hear(5.25);
    assert.equal(listening.seconds, 10.5);
});

test('half of a track is due once', () => {
    const listening = heard(99);
    assert.equal(listening.isDue(200), false);
    for (let at = 99; at <= 100; at += 0.25) listening.hear(at);
    assert.equal(listening.isDue(200), true);
    assert.equal(listening.isDue(200), false);
});

test('four minutes of a long track are enough, and an unknown length is never', () => {
    const listening = heard(240);
    assert.equal(listening.isDue(0), false);
    assert.equal(listening.isDue(Number.NaN), false);
    assert.equal(listening.isDue(3600), true);
});

test('what came after it was told is more', () => {
    const listening = heard(100);
    assert.equal(listening.hasMore(), true);
    listening.isDue(200);
    assert.equal(listening.hasMore(), false);
    for (let at = 100; at <= 102; at += 0.25) listening.hear(at);
    assert.equal(listening.hasMore(), true);
});
