import { useComputed } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Effect } from '../../api/types';
import { formatLevel } from '../../lib/format';
import type { Measured } from '../../lib/meter/Measured';
import { scale, valueAt } from '../../lib/picture';
import * as insight from '../../model/insight';
import { measuredCount, measuredOf } from '../../model/meters';
import * as settings from '../../model/settings';
import { player } from '../../player';
import { strings } from '../../strings';
import { useCanvas, type Paper } from './canvas';

const words = strings.sound;

const kRowPx = 21;
const kBarPx = 7;
const kLabelPx = 82;
const kValuePx = 52;
const kFloorDb = -42;
/** Beyond full scale, so that what goes over it is seen. */
const kTopDb = 3;
const kReductionDb = 12;
/** How often the words for screen readers follow; they are read on demand, not announced. */
const kWordsMs = 2000;

const rows = [
    words.momentary,
    words.shortTerm,
    words.truePeak,
    words.limiter,
    words.bands,
] as const;
const kMetersPx = rows.length * kRowPx;

interface Reading {
    momentary: number | undefined;
    shortTerm: number | undefined;
    peak: number | undefined;
    heldPeak: number | undefined;
    limiter: number | undefined;
    bands: (number | undefined)[];
}

function read(measured: Measured | undefined, effect: Effect | undefined, at: number): Reading {
    const reduction = effect?.gainReduction;
    const place = reduction ? at / reduction.stepSeconds : 0;
    return {
        momentary: measured?.momentaryLufs(at),
        shortTerm: measured?.shortTermLufs(at),
        peak: measured?.peakDbtp(at),
        heldPeak: measured?.heldPeakDbtp(at),
        limiter: reduction ? valueAt(reduction.limiterDb, place) : undefined,
        bands: reduction?.bands.map(({ gainDb }) => valueAt(gainDb, place)) ?? [],
    };
}

const shown = (value: number | undefined) =>
    value === undefined || value < -99 ? '–' : formatLevel(value);

interface Marks {
    targetLufs: number | undefined;
    ceilingDbtp: number | undefined;
}

function drawMeters(paper: Paper, reading: Reading, marks: Marks): void {
    const { context, width, colour } = paper;
    context.font = `500 12.5px ${paper.fontFamily}`;
    context.textBaseline = 'middle';
    const left = kLabelPx;
    const size = Math.max(20, width - kLabelPx - kValuePx);
    const level = scale(kFloorDb, kTopDb, size);
    const reduced = scale(0, kReductionDb, size);

    const bar = (y: number, from: number, to: number, fill: string) => {
        if (to - from < 0.5) return;
        context.fillStyle = fill;
        context.beginPath();
        context.roundRect(left + from, y - kBarPx / 2, to - from, kBarPx, kBarPx / 2);
        context.fill();
    };
    const tick = (y: number, at: number | undefined) => {
        if (at === undefined) return;
        context.fillStyle = colour('--ink-2');
        context.fillRect(Math.round(left + level(at)) - 0.5, y - kBarPx / 2 - 2.5, 1.5, kBarPx + 5);
    };
    const row = (index: number, value: string, fill = colour('--ink')) => {
        const y = (index + 0.5) * kRowPx;
        context.textAlign = 'left';
        context.fillStyle = colour('--ink-2');
        context.fillText(rows[index] ?? '', 0, y + 0.5);
        context.textAlign = 'right';
        context.fillStyle = fill;
        context.fillText(value, width, y + 0.5);
        return y;
    };
    const levels = (index: number, value: number | undefined, at: number | undefined) => {
        const y = row(index, shown(value));
        bar(y, 0, size, colour('--line'));
        if (value !== undefined) bar(y, 0, level(value), colour('--accent'));
        tick(y, at);
    };

    levels(0, reading.momentary, marks.targetLufs);
    levels(1, reading.shortTerm, marks.targetLufs);

    const over =
        reading.heldPeak !== undefined && reading.heldPeak > (marks.ceilingDbtp ?? 0) + 0.05;
    const peakY = row(2, shown(reading.heldPeak), over ? colour('--danger') : colour('--ink'));
    bar(peakY, 0, size, colour('--line'));
    if (reading.peak !== undefined) {
        bar(peakY, 0, level(reading.peak), over ? colour('--danger') : colour('--accent'));
    }
    tick(peakY, marks.ceilingDbtp);

    // What is taken away grows from the right, as on every compressor.
    const limiterY = row(3, shown(reading.limiter));
    bar(limiterY, 0, size, colour('--line'));
    bar(limiterY, size - reduced(-(reading.limiter ?? 0)), size, colour('--accent-mid'));

    const deepest = reading.bands.length
        ? Math.min(...reading.bands.map((gain) => gain ?? 0))
        : undefined;
    const bandsY = row(4, shown(deepest));
    const gap = 4;
    const share = (size - 3 * gap) / 4;
    for (let band = 0; band < 4; band++) {
        const from = band * (share + gap);
        bar(bandsY, from, from + share, colour('--line'));
        const part = (reduced(-(reading.bands[band] ?? 0)) / size) * share;
        bar(bandsY, from + share - part, from + share, colour('--accent-mid'));
    }
}

/** What sounds now, in figures: drawn on one canvas, so that nothing else has to move with it. */
export function Meters() {
    const wordsAt = useRef(-Infinity);
    const enhanced = settings.enhanced.value;
    const effect = insight.effectOfPlan.value;
    const track = player.track.value;
    const playing = player.playing.value;
    // While nothing moves, what is measured meanwhile is drawn too.
    void useComputed(() => (player.playing.value ? 0 : measuredCount.value)).value;

    const canvas = useCanvas(enhanced, (paper) => {
        const measured = track && measuredOf(track.id, enhanced ? 'enhanced' : 'original');
        const reading = read(measured, enhanced ? effect : undefined, player.now);
        drawMeters(paper, reading, {
            targetLufs: effect?.targetLufs,
            ceilingDbtp: enhanced ? effect?.ceilingDbtp : undefined,
        });
        const now = performance.now();
        if (now - wordsAt.current < kWordsMs && playing) return;
        wordsAt.current = now;
        const said =
            reading.shortTerm === undefined
                ? words.metersQuiet
                : words.metersWords(shown(reading.shortTerm), shown(reading.heldPeak));
        canvas.current?.setAttribute('aria-label', words.metersLabel(said));
    });
    return (
        <canvas
            ref={canvas}
            class="meters"
            role="img"
            title={words.metersTitle}
            aria-label={words.metersLabel(words.metersQuiet)}
            style={{ height: `${kMetersPx}px` }}
        />
    );
}
