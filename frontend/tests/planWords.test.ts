import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordsOf } from '../src/lib/planWords';

test("the plan's sentences stand under what they are about", () => {
    const words = wordsOf({
        summary: [
            'constant offset removed',
            'tone: learned from 41 tracks of this library, version 1a2b3c4d',
            "40 % of the way to the reference 'side: mono 2:1 above'",
            '1.52:1 above each band\'s median level, 20/200 ms',
            'side -6.0 dB below 120 Hz',
            '+1.8 dB around 63 Hz',
            '-0.5 dB around 2.5 kHz',
            'side +0.6 dB against mid on average',
            '-2.1 dB to reach -14.0 LUFS',
            'peaks limited by up to 3.0 dB to -1.0 dBTP',
            'a trace of second harmonic',
        ],
        heldBackBy: [
            'tone: at most 1.9 dB (RMS) away from the original balance',
            'side: wider would cost too much in a fold to mono',
            'loudness: at most 18 dB of gain',
        ],
    });
    assert.deepEqual(words, [
        {
            topic: 'tone',
            done: [
                'constant offset removed',
                'learned from 41 tracks of this library',
                "40 % of the way to the reference 'side: mono 2:1 above'",
                'a trace of second harmonic',
                '+1.8 dB at 63 Hz, −0.5 at 2.5 kHz',
            ],
            held: ['at most 1.9 dB (RMS) away from the original balance'],
        },
        { topic: 'dynamics', done: ["1.52:1 above each band's median level, 20/200 ms"], held: [] },
        {
            topic: 'width',
            done: ['side −6.0 dB below 120 Hz', 'side +0.6 dB against mid on average'],
            held: ['side: wider would cost too much in a fold to mono'],
        },
        {
            topic: 'loudness',
            done: [
                '−2.1 dB to reach −14.0 LUFS',
                'peaks limited by up to 3.0 dB to −1.0 dBTP',
            ],
            held: ['at most 18 dB of gain'],
        },
    ]);
});

test('nothing done is nothing said, and an unknown sentence is not lost', () => {
    assert.deepEqual(wordsOf({ summary: [], heldBackBy: [] }), []);
    assert.deepEqual(wordsOf({ summary: ['the original, untouched'], heldBackBy: [] }), [
        { topic: 'loudness', done: ['the original, untouched'], held: [] },
    ]);
});
