import { useComputed, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { Curve, Effect } from '../../api/types';
import { formatChange, formatLevel } from '../../lib/format';
import {
    areaPath,
    betweenPath,
    heights,
    octaves,
    scale,
    smoothPath,
    summits,
    type Point,
} from '../../lib/picture';
import * as insight from '../../model/insight';
import { measuredOf } from '../../model/meters';
import * as settings from '../../model/settings';
import { player } from '../../player';
import { strings } from '../../strings';
import { useCanvas } from './canvas';
import { Look } from './Look';

const words = strings.sound;

const kWide = 1000;
const kHigh = 100;
/** Half a third octave beyond the outermost centres, so that each band has its width. */
const kFromHz = 20 / 2 ** (1 / 6);
const kToHz = 20_000 * 2 ** (1 / 6);
const kMarksHz = [50, 100, 200, 500, 1000, 2000, 5000, 10_000];
const kRangeDb = 66;
const kHeadroomDb = 4;
/** Moves of less are the tolerance of the filters. */
const kWorthSayingDb = 0.4;
const kLeastMovesDb = 3;
const kMostMoves = 4;
/** The lines stay readable through it. */
const kLiveAlpha = 0.3;
/** Third octaves, and which of them is at 1 kHz. */
const kBands = 31;
const kOneKilohertz = 17;

const x = octaves(kFromHz, kToHz, kWide);

type Side = 'mid' | 'side';

function drawingOf(effect: Effect, side: Side) {
    const key = side === 'mid' ? 'midDb' : 'sideDb';
    const hz = effect.thirdOctaveHz;
    const moves = effect.tone[key];
    // At equal loudness, so that what is seen is tone and not level.
    const levels = (curve: Curve, loudnessLufs: number) =>
        curve[key].map((level) => level - loudnessLufs);
    const before = levels(effect.before, effect.before.integratedLufs);
    const after = levels(effect.after, effect.after.integratedLufs);
    const reference = effect.reference && levels(effect.reference, effect.after.integratedLufs);

    const top = Math.max(...before, ...after, ...(reference ?? [])) + kHeadroomDb;
    const y = heights(top - kRangeDb, top, kHigh);
    const points = (values: readonly number[]) =>
        values.map((level, i): Point => [x(hz[i] ?? kFromHz), y(level)]);
    const most = Math.max(kLeastMovesDb, ...moves.map(Math.abs)) * 1.3;
    const moveY = scale(-most, most, kHigh);
    const movePoints = moves.map((gain, i): Point => [x(hz[i] ?? kFromHz), kHigh - moveY(gain)]);
    const beforePoints = points(before);
    return {
        hz,
        top,
        afterLufs: effect.after.integratedLufs,
        before,
        after,
        moves,
        summits: summits(moves, kWorthSayingDb).slice(0, kMostMoves),
        moveY,
        tens: Array.from({ length: kRangeDb / 20 }, (_, i) => y(top - 20 * (i + 1))),
        paths: {
            before: smoothPath(beforePoints),
            area: areaPath(smoothPath(beforePoints), beforePoints, kHigh),
            after: smoothPath(points(after)),
            between: betweenPath(points(after), beforePoints),
            reference: reference && smoothPath(points(reference)),
            moves: smoothPath(movePoints),
            movesArea: areaPath(smoothPath(movePoints), movePoints, kHigh / 2),
        },
    };
}

/** The long-term spectrum before and after, at equal loudness, and under it what the tone does. */
export function Spectrum() {
    const side = useSignal<Side>('mid');
    const place = useSignal<number | undefined>(undefined);

    const drawn = useComputed(() => {
        const effect = insight.effectOfPlan.value;
        return effect && drawingOf(effect, side.value);
    });

    const shown = drawn.value;
    const moveAt = (band: number) =>
        words.moveAt(formatChange(shown?.moves[band] ?? 0), words.hertz(shown?.hz[band] ?? 0));
    const at = place.value;
    const readings =
        shown && at !== undefined
            ? ([
                  words.hertz(shown.hz[at] ?? 0),
                  formatLevel(shown.before[at] ?? 0),
                  formatLevel(shown.after[at] ?? 0),
                  formatChange(shown.moves[at] ?? 0),
              ] as const)
            : undefined;

    return (
        <figure class="picture spectrum" aria-busy={!shown}>
            <figcaption>
                <h3>
                    {words.spectrum} <small>{!readings && words.spectrumHint}</small>
                </h3>
                <span class="readout" aria-hidden="true">
                    {readings && words.atBand(readings[0], readings[1], readings[2])}
                </span>
                <div class="mini" role="group" aria-label={words.midOrSide}>
                    {(['mid', 'side'] as const).map((which) => (
                        <button
                            key={which}
                            type="button"
                            aria-pressed={side.value === which}
                            onClick={() => (side.value = which)}
                        >
                            {words[which]}
                        </button>
                    ))}
                </div>
            </figcaption>
            <div class="picture-area">
                <div
                    role="img"
                    aria-label={words.spectrumSummary(
                        words[side.value].toLowerCase(),
                        words.moves((shown?.summits ?? []).map(moveAt).join(', ')),
                    )}
                >
                    <Plane kind="spectrum">
                        {shown && (
                            <>
                                {shown.tens.map((y) => (
                                    <path key={y} class="grid" d={`M0 ${y}H${kWide}`} />
                                ))}
                                <path class="under is-before" d={shown.paths.area} />
                                <path class="between" d={shown.paths.between} />
                                <path class="line is-before" d={shown.paths.before} />
                                {shown.paths.reference && (
                                    <path class="line is-reference" d={shown.paths.reference} />
                                )}
                                <path class="line is-after" d={shown.paths.after} />
                            </>
                        )}
                    </Plane>
                    {shown && <LiveSpectrum topDb={shown.top} loudnessLufs={shown.afterLufs} />}
                    <div class="lane-box">
                        <Plane kind="moves">
                            <path class="zero" d={`M0 ${kHigh / 2}H${kWide}`} />
                            {shown && (
                                <>
                                    <path class="under is-after" d={shown.paths.movesArea} />
                                    <path class="line is-after" d={shown.paths.moves} />
                                </>
                            )}
                        </Plane>
                        {shown?.summits.map((band) => {
                            const gain = shown.moves[band] ?? 0;
                            const left = x(shown.hz[band] ?? kFromHz) / (kWide / 100);
                            return (
                                <span
                                    key={band}
                                    class={`move-word${gain > 0 ? ' is-up' : ''}`}
                                    style={{
                                        left: `${Math.max(5, Math.min(95, left))}%`,
                                        top: `${100 - shown.moveY(gain)}%`,
                                    }}
                                >
                                    {formatChange(gain)}
                                </span>
                            );
                        })}
                    </div>
                </div>
                <Look
                    label={words.lookAcross}
                    place={at}
                    count={kBands}
                    page={3}
                    text={readings ? words.spokenBand(...readings) : words.spectrum}
                    home={() => kOneKilohertz}
                    onLook={(band) => (place.value = band)}
                />
            </div>
            <div class="hertz" aria-hidden="true">
                <span>{words.toneMove}</span>
                {[50, 200, 1000, 5000].map((mark) => (
                    <span key={mark} style={{ left: `${x(mark) / (kWide / 100)}%` }}>
                        {words.hertz(mark)}
                    </span>
                ))}
            </div>
            {shown?.paths.reference && (
                <p class="key">
                    <i class="key-line" /> {insight.reference.value?.name}
                </p>
            )}
        </figure>
    );
}

interface LiveSpectrumProps {
    topDb: number;
    /** What the pictures are levelled by. */
    loudnessLufs: number;
}

/** What sounds now, under the long-term lines. */
function LiveSpectrum({ topDb, loudnessLufs }: LiveSpectrumProps) {
    const voice = settings.enhanced.value ? 'enhanced' : 'original';
    const track = player.track.value;
    const canvas = useCanvas(voice, ({ context, width, height, colour }) => {
        const levels = track && measuredOf(track.id, voice)?.spectrumDb(player.now);
        if (!levels) return;
        const y = heights(topDb - kRangeDb, topDb, height);
        const pitch = width / levels.length;
        const high = levels.map((level) => y(level - loudnessLufs));
        context.globalAlpha = kLiveAlpha;
        context.fillStyle = colour('--accent');
        context.beginPath();
        context.moveTo(0, height);
        context.lineTo(0, high[0] ?? height);
        high.forEach((here, i) => {
            const next = high[i + 1] ?? here;
            context.quadraticCurveTo((i + 0.5) * pitch, here, (i + 1) * pitch, (here + next) / 2);
        });
        context.lineTo(width, height);
        context.fill();
        context.globalAlpha = 1;
    });
    return <canvas ref={canvas} class="live" aria-hidden="true" />;
}

/** A picture over frequency, with its upright lines. */
function Plane({ kind, children }: { kind: string; children: ComponentChildren }) {
    return (
        <svg
            class={`lane lane-${kind}`}
            viewBox={`0 0 ${kWide} ${kHigh}`}
            preserveAspectRatio="none"
            aria-hidden="true"
        >
            {kMarksHz.map((mark) => (
                <path key={mark} class="grid" d={`M${x(mark)} 0V${kHigh}`} />
            ))}
            {children}
        </svg>
    );
}
