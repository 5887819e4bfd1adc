import { signal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { formatChange, formatLevel } from '../lib/format';
import * as insight from '../model/insight';
import * as library from '../model/library';
import * as settings from '../model/settings';
import { player } from '../player';

/** The one control that matters most: the same place of the same track, as it is or mastered. */
export function VoiceSwitch() {
    const enhanced = settings.enhanced.value;
    return (
        <button
            type="button"
            class="switch"
            role="switch"
            aria-checked={enhanced}
            aria-label="Enhanced sound"
            title="Original or enhanced (E)"
            onClick={() => (settings.enhanced.value = !enhanced)}
        >
            <span class="switch-thumb" />
            <span>Original</span>
            <span>Enhanced</span>
        </button>
    );
}

/** How each preset leans, 60 Hz to 12 kHz, in dB: drawn as a line, so that it is seen at a glance. */
const kTone: Record<string, readonly number[]> = {
    adaptive: [0, 0, 0, 0, 0],
    gentle: [0, 0, 0, 0, 0],
    warm: [1.5, 1, 0, -0.5, -1],
    bright: [0, -0.5, 0, 1.5, 2],
    punchy: [1.5, 0, 0, 1, 0.5],
    live: [0.5, -1, 0, 1.5, 1],
};

function ToneLine({ preset }: { preset: string }) {
    if (preset === 'adaptive') {
        return (
            <svg class="tone" viewBox="0 0 48 20" aria-hidden="true">
                <path d="M2 13c6-9 10-9 15-3s9 6 14 0 9-7 15-3" />
                <path class="tone-echo" d="M2 7c6 9 10 9 15 3s9-6 14 0 9 7 15 3" />
            </svg>
        );
    }
    const points = (kTone[preset] ?? [0, 0, 0, 0, 0]).map(
        (db, i) => [2 + i * 11, 10 - db * 4.5] as const,
    );
    let path = '';
    points.forEach(([x, y], i) => {
        const [beforeX, beforeY] = points[i - 1] ?? [x, y];
        if (i === 0) {
            path = `M${x} ${y}`;
            return;
        }
        // Catmull-Rom: the line passes through every point without a kink.
        const [, startY] = points[i - 2] ?? [0, beforeY];
        const [, endY] = points[i + 1] ?? [0, y];
        const third = (x - beforeX) / 3;
        const leave = beforeY + (y - startY) / 6;
        const arrive = y - (endY - beforeY) / 6;
        path += `C${beforeX + third} ${leave} ${x - third} ${arrive} ${x} ${y}`;
    });
    return (
        <svg
            class={`tone${preset === 'gentle' ? ' tone-light' : ''}`}
            viewBox="0 0 48 20"
            aria-hidden="true"
        >
            <path d={path} />
        </svg>
    );
}

function Presets() {
    const name = useId();
    return (
        <fieldset class="presets">
            <legend>Preset</legend>
            {library.presets.value.map((preset) => (
                <label key={preset.name} class="preset">
                    <input
                        type="radio"
                        name={name}
                        value={preset.name}
                        checked={settings.preset.value === preset.name}
                        onChange={() => (settings.preset.value = preset.name)}
                    />
                    <ToneLine preset={preset.name} />
                    <strong>{preset.name}</strong>
                    <span>{preset.intent}</span>
                </label>
            ))}
        </fieldset>
    );
}

/** What the slider shows while it moves; the stream follows when it is let go. */
const intensityShown = signal(settings.intensity.peek());

function Intensity() {
    const percent = Math.round(intensityShown.value * 100);
    return (
        <label class="slider-row">
            <span>Intensity</span>
            <input
                class="slider"
                type="range"
                min="0"
                max="100"
                step="5"
                value={percent}
                style={{ '--fill': `${percent}%` }}
                aria-valuetext={percent === 0 ? 'off' : `${percent} percent`}
                onInput={(event) =>
                    (intensityShown.value = Number(event.currentTarget.value) / 100)
                }
                onChange={(event) =>
                    (settings.intensity.value = Number(event.currentTarget.value) / 100)
                }
            />
            <output>{percent === 0 ? 'off' : `${percent} %`}</output>
        </label>
    );
}

const kScaleFrom = -36;
const kScaleTo = -4;

function placeOf(lufs: number): number {
    const share = (lufs - kScaleFrom) / (kScaleTo - kScaleFrom);
    return Math.max(0, Math.min(1, share)) * 100;
}

/** Loudness before and after on one scale. */
function LoudnessScale({ before, after }: { before: number; after: number }) {
    const a = placeOf(before);
    const b = placeOf(after);
    return (
        <div
            class="scale"
            role="img"
            aria-label={`Loudness from ${formatLevel(before)} to ${formatLevel(after)} LUFS`}
        >
            <div class="scale-line" />
            <div
                class="scale-move"
                style={{ left: `${Math.min(a, b)}%`, width: `${Math.abs(a - b)}%` }}
            />
            <div class="scale-dot is-before" style={{ left: `${a}%` }} />
            <div class="scale-dot is-after" style={{ left: `${b}%` }} />
            {[-30, -24, -18, -12, -6].map((mark) => (
                <span key={mark} style={{ left: `${placeOf(mark)}%` }}>
                    {formatLevel(mark).replace('.0', '')}
                </span>
            ))}
        </div>
    );
}

const finite = (value: number | null | undefined): value is number =>
    typeof value === 'number' && Number.isFinite(value);

function Why() {
    const track = player.track.value;
    const plan = insight.plan.value;
    const analysis = insight.analysis.value;
    if (!track) {
        return (
            <section class="why">
                <h3>Why it sounds this way</h3>
                <p class="quiet">
                    Play something, and Segue says here what it heard and what it does.
                </p>
            </section>
        );
    }
    const before = plan?.sourceLufs ?? analysis?.integratedLufs;
    const after = plan?.predictedLufs ?? plan?.targetLufs;
    const figures: [string, number | null | undefined, string, boolean?][] = [
        ['Before', before, 'LUFS'],
        ['After', after, 'LUFS', true],
        ['Range', analysis?.loudnessRangeLu, 'LU'],
        ['True peak', analysis?.truePeakDbtp, 'dBTP'],
        ['Ceiling', plan?.ceilingDbtp, 'dBTP', true],
        ['Gain', plan?.gainDb, 'dB', true],
    ];
    return (
        <section class="why" aria-busy={!plan}>
            <h3>
                Why it sounds this way
                {plan?.provisional && <small>first impression</small>}
            </h3>
            {finite(before) && finite(after) && <LoudnessScale before={before} after={after} />}
            <dl class="figures">
                {figures.map(
                    ([name, value, unit, ours]) =>
                        finite(value) && (
                            <div key={name} class={ours ? 'is-after' : undefined}>
                                <dt>{name}</dt>
                                <dd>
                                    {unit === 'dB' ? formatChange(value) : formatLevel(value)}{' '}
                                    <small>{unit}</small>
                                </dd>
                            </div>
                        ),
                )}
            </dl>
            {plan ? (
                <ul class="reasons">
                    {plan.summary.map((line) => (
                        <li key={line}>{line}</li>
                    ))}
                </ul>
            ) : (
                <p class="quiet">Listening to the track…</p>
            )}
        </section>
    );
}

export function SoundPanel() {
    const enhanced = settings.enhanced.value;
    return (
        <div class="sound-panel">
            <div>
                <VoiceSwitch />
                <p class="hint">
                    {enhanced
                        ? 'Mastered while it plays, as chosen below.'
                        : 'The file as it is. The choices below wait.'}
                </p>
            </div>
            <Presets />
            <Intensity />
            <Why />
        </div>
    );
}
