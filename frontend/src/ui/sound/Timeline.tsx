import { useComputed, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Effect, Measures } from '../../api/types';
import { formatLevel, formatTime, spokenTime } from '../../lib/format';
import {
    areaPath,
    heights,
    linePath,
    scale,
    thinned,
    valueAt,
    type Point,
} from '../../lib/picture';
import * as insight from '../../model/insight';
import { player } from '../../player';
import { strings } from '../../strings';
import { useFrames } from './frames';
import { Look } from './Look';

const words = strings.sound;

/** Pictures are drawn in thousandths of their width and stretched to fit. */
const kWide = 1000;
const kHigh = 100;
/** The playhead moves by a fifth of a point or so: by less nobody sees, and each move is work. */
const kHeadSteps = 2000;
/** As many places as a panel has points. */
const kPlaces = 360;
/** The loudness curve shows what is heard most of the time, between these limits. */
const kQuietShare = 0.05;
const kLeastRangeLu = 12;
const kMostRangeLu = 30;
const kMarginLu = 3;
/** Reductions of less are drawn as small as they are. */
const kReductionDb = 6;

const spread = (i: number, count: number) => ((i + 0.5) / count) * kWide;

/** Peaks as a hill on the middle line; what was is below it, what becomes of it above. */
function hillOf(peaks: readonly number[], up: 1 | -1): string {
    const middle = kHigh / 2;
    const tall = scale(0, 1, middle);
    const few = thinned(peaks, kPlaces);
    const points = few.map(
        (peak, i): Point => [
            spread(i, few.length),
            middle - up * Math.max(0.6, tall(Math.abs(peak))),
        ],
    );
    return areaPath(linePath(points), points, middle);
}

/**
 * Short-term loudness; each value stands where its three seconds end.
 * @param share  of the track that the values cover
 */
function loudnessLine(
    values: readonly number[] | null,
    share: number,
    y: (lufs: number) => number,
): string | undefined {
    if (!values?.length) return undefined;
    const few = thinned(values, kPlaces);
    const points = few.map(
        (lufs, i): Point => [Math.min(1, ((i + 1) * share) / few.length) * kWide, y(lufs)],
    );
    return linePath(points);
}

/** What is taken away hangs from above. */
function reductionArea(gainDb: readonly number[], deepestDb: number): string {
    const few = thinned(gainDb, kPlaces, -1);
    const deep = scale(0, -deepestDb, kHigh);
    const points = few.map((gain, i): Point => [spread(i, few.length), deep(-gain)]);
    return areaPath(linePath(points), points, 0);
}

function drawingOf(effect: Effect, duration: number) {
    const { before, after, targetLufs, ceilingDbtp, gainReduction } = effect;
    const heard = [...(before.shortTermLufs ?? []), ...(after.shortTermLufs ?? [])];
    heard.sort((a, b) => a - b);
    const top = Math.max(targetLufs, heard[heard.length - 1] ?? targetLufs) + kMarginLu;
    const quiet = heard[Math.floor(kQuietShare * heard.length)] ?? targetLufs;
    const floor = Math.max(
        targetLufs - kMostRangeLu,
        Math.min(targetLufs - kLeastRangeLu, quiet - kMarginLu),
    );
    const y = heights(floor, top, kHigh);
    const limiter = gainReduction?.limiterDb ?? [];
    const bands = gainReduction?.bands.map(({ gainDb }) => gainDb) ?? [];
    const deepest = (curves: readonly number[][]) =>
        curves.flat().reduce((a, b) => Math.min(a, b), -kReductionDb);
    const line = ({ shortTermLufs }: Measures) =>
        loudnessLine(
            shortTermLufs,
            ((shortTermLufs?.length ?? 0) * effect.shortTermStepSeconds) / duration,
            y,
        );
    return {
        waves: { before: hillOf(before.waveform, -1), after: hillOf(after.waveform, 1) },
        ceilingY: (kHigh / 2) * (1 - 10 ** (ceilingDbtp / 20)),
        lines: { before: line(before), after: line(after) },
        targetY: y(targetLufs),
        limiter: reductionArea(limiter, deepest([limiter])),
        bands: bands.map((gainDb) => reductionArea(gainDb, deepest(bands))),
    };
}

const measuresOf = ({ integratedLufs, truePeakDbtp }: Measures) =>
    words.measures(formatLevel(integratedLufs), formatLevel(truePeakDbtp));

interface LegendProps {
    side: 'before' | 'after' | 'asked';
    lufs: number | undefined;
    dbtp: number | undefined;
}

/** Figures, and which line of the picture is whose. */
function Legend({ side, lufs, dbtp }: LegendProps) {
    return (
        <div class={`legend is-${side}`}>
            <dt>{words[side]}</dt>
            <dd>
                <strong data-figure={`${side}-lufs`}>
                    {lufs === undefined ? '–' : formatLevel(lufs)}
                </strong>{' '}
                {words.lufs}
            </dd>
            <dd>
                <span data-figure={`${side}-peak`}>
                    {dbtp === undefined ? '–' : formatLevel(dbtp)}
                </span>{' '}
                {words.dbtp}
            </dd>
        </div>
    );
}

function Lane({ kind, children }: { kind: string; children?: ComponentChildren }) {
    return (
        <svg
            class={`lane lane-${kind}`}
            viewBox={`0 0 ${kWide} ${kHigh}`}
            preserveAspectRatio="none"
            aria-hidden="true"
        >
            {children}
        </svg>
    );
}

/** The track from end to end: waveform, loudness, and what dynamics and limiter take away. */
export function Timeline() {
    const figure = useRef<HTMLElement>(null);
    const head = useRef<HTMLDivElement>(null);
    const headAt = useRef('');
    const place = useSignal<number | undefined>(undefined);
    const duration = player.duration.value;
    const effect = insight.effectOfPlan.value;
    const drawing = useComputed(() => {
        const now = insight.effectOfPlan.value;
        return now && player.duration.value > 0
            ? drawingOf(now, player.duration.value)
            : undefined;
    }).value;

    useEffect(() => {
        insight.pictures.value += 1;
        return () => void (insight.pictures.value -= 1);
    }, []);
    useFrames(figure, () => {
        const length = player.duration.peek();
        const at = length > 0 ? Math.min(1, player.now / length) : 0;
        const moved = `translateX(${Math.round(at * kHeadSteps) / (kHeadSteps / 100)}%)`;
        if (!head.current || moved === headAt.current) return;
        headAt.current = moved;
        head.current.style.transform = moved;
    });

    const secondsAt = (at: number) => ((at + 0.5) / kPlaces) * duration;
    const looked =
        effect && place.value !== undefined ? readAt(effect, secondsAt(place.value)) : undefined;
    const summary = effect
        ? words.timelineSummary(
              measuresOf(effect.before),
              measuresOf(effect.after),
              formatLevel(effect.targetLufs),
              formatLevel(effect.ceilingDbtp),
          )
        : words.measuring;
    return (
        <figure class="picture timeline" ref={figure} aria-busy={!effect}>
            <figcaption>
                <h3>{words.timeline}</h3>
                <span class="readout" aria-hidden="true">
                    {looked &&
                        words.atTime(formatTime(looked.seconds), looked.before, looked.after)}
                </span>
            </figcaption>
            <dl class="legends">
                <Legend
                    side="before"
                    lufs={effect?.before.integratedLufs}
                    dbtp={effect?.before.truePeakDbtp}
                />
                <Legend
                    side="after"
                    lufs={effect?.after.integratedLufs}
                    dbtp={effect?.after.truePeakDbtp}
                />
                <Legend side="asked" lufs={effect?.targetLufs} dbtp={effect?.ceilingDbtp} />
            </dl>
            <div class="picture-area">
                <div class="lanes" role="img" aria-label={summary}>
                    <Lane kind="wave">
                        {drawing && (
                            <>
                                <path class="is-after" d={drawing.waves.after} />
                                <path class="is-before" d={drawing.waves.before} />
                                <path class="mark" d={`M0 ${drawing.ceilingY}H${kWide}`} />
                            </>
                        )}
                    </Lane>
                    <div class="lane-box">
                        <Lane kind="loudness">
                            {drawing && (
                                <>
                                    <path class="mark" d={`M0 ${drawing.targetY}H${kWide}`} />
                                    <path class="line is-before" d={drawing.lines.before} />
                                    <path class="line is-after" d={drawing.lines.after} />
                                </>
                            )}
                        </Lane>
                        {drawing && !drawing.lines.before && (
                            <p class="quiet lane-note">{words.noCurve}</p>
                        )}
                    </div>
                    <div class="lane-box">
                        <Lane kind="reduction">
                            {drawing?.bands.map((path, i) => <path key={i} d={path} />)}
                        </Lane>
                        <span class="lane-word">{words.dynamics}</span>
                    </div>
                    <div class="lane-box">
                        <Lane kind="reduction is-limiter">
                            {drawing && <path d={drawing.limiter} />}
                        </Lane>
                        <span class="lane-word">{words.limiter}</span>
                    </div>
                </div>
                <div class="head" ref={head} />
                <Look
                    label={words.lookAlong}
                    place={place.value}
                    count={kPlaces}
                    page={kPlaces / 12}
                    text={
                        looked
                            ? words.spokenAt(
                                  spokenTime(looked.seconds),
                                  looked.before,
                                  looked.after,
                                  looked.limiter,
                              )
                            : spokenTime(player.position.value)
                    }
                    home={() => (duration > 0 ? (player.now / duration) * kPlaces : 0)}
                    onLook={(at) => (place.value = at)}
                    onChoose={(at) => player.seek(secondsAt(at))}
                />
            </div>
        </figure>
    );
}

/** What the curves say at a place, in words. */
function readAt(effect: Effect, seconds: number) {
    const { before, after, shortTermStepSeconds, gainReduction } = effect;
    const level = (value: number | undefined) =>
        value === undefined ? '–' : formatLevel(Math.max(-99, value));
    const loudness = ({ shortTermLufs }: Measures) =>
        level(valueAt(shortTermLufs ?? [], seconds / shortTermStepSeconds - 1));
    return {
        seconds,
        before: loudness(before),
        after: loudness(after),
        limiter: level(
            gainReduction
                ? valueAt(gainReduction.limiterDb, seconds / gainReduction.stepSeconds)
                : undefined,
        ),
    };
}
