import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
    formatChange,
    formatLevel,
    formatRate,
    formatTime,
    formatTotal,
    plural,
    spokenTime,
} from '../src/lib/format';

test('time counts whole seconds and shows hours only when there are any', () => {
    assert.equal(formatTime(0), '0:00');
    assert.equal(formatTime(9.99), '0:09');
    assert.equal(formatTime(185), '3:05');
    assert.equal(formatTime(3599.9), '59:59');
    assert.equal(formatTime(3723), '1:02:03');
});

test('an unknown time is shown as unknown, not as NaN', () => {
    for (const value of [NaN, Infinity, -1]) {
        assert.equal(formatTime(value), '–:––');
        assert.equal(spokenTime(value), 'unknown');
    }
});

test('spoken time leaves out what is zero', () => {
    assert.equal(spokenTime(0), '0 seconds');
    assert.equal(spokenTime(61), '1 minute 1 second');
    assert.equal(spokenTime(7200), '2 hours');
});

test('total time rounds to minutes and is never nothing', () => {
    assert.equal(formatTotal(20), '1 min');
    assert.equal(formatTotal(42 * 60 + 10), '42 min');
    assert.equal(formatTotal(3600), '1 h');
    assert.equal(formatTotal(7500), '2 h 5 min');
});

test('levels have one decimal, a true minus sign and no negative zero', () => {
    assert.equal(formatLevel(-14), '−14.0');
    assert.equal(formatLevel(-0.04), '0.0');
    assert.equal(formatChange(1.5), '+1.5');
    assert.equal(formatChange(-3), '−3.0');
    assert.equal(formatChange(0.01), '0.0');
});

test('rates and counts read like people write them', () => {
    assert.equal(formatRate(44100), '44.1 kHz');
    assert.equal(formatRate(96000), '96 kHz');
    assert.equal(plural(1, 'track'), '1 track');
    assert.equal(plural(10_000, 'track'), '10,000 tracks');
});
