import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { Preset, PresetBody } from '../../api/types';
import { formatChange, formatLevel } from '../../lib/format';
import { tonePath, tonePlace } from '../../lib/presetTone';
import { deletePreset, savePreset } from '../../model/presets';
import { strings } from '../../strings';
import { Slider } from './Slider';

const words = strings.sound;

const kToneDb = 6;
const kWide = 300;
const kHigh = 110;

interface Editing {
    preset: Preset;
    isNew: boolean;
    onDone: () => void;
}

interface AutoSliderProps {
    label: string;
    value: number | null;
    least: number;
    most: number;
    step: number;
    /** Where it begins when it is taken from the content no more. */
    usual: number;
    show: (value: number) => string;
    onChange: (value: number | null) => void;
}

/** A value that the content decides unless the listener does. */
function AutoSlider({ label, value, usual, show, onChange, ...range }: AutoSliderProps) {
    return (
        <div class="auto-row">
            <Slider
                label={label}
                value={value ?? usual}
                show={show}
                isAuto={value === null}
                onInput={onChange}
                {...range}
            />
            <label class="check">
                <input
                    type="checkbox"
                    aria-label={`${label}: ${words.fromContent}`}
                    title={words.fromContent}
                    checked={value === null}
                    onChange={(event) => onChange(event.currentTarget.checked ? null : usual)}
                />
                {words.auto}
            </label>
        </div>
    );
}

/** Makes or changes a preset of the listener's own; what is allowed the server says. */
export default function PresetEditor({ preset, isNew, onDone }: Editing) {
    const id = useId();
    const first = useRef<HTMLInputElement>(null);
    const name = useSignal(isNew ? `my-${preset.name}`.slice(0, 40) : preset.name);
    const body = useSignal<PresetBody>(bodyOf(preset));
    const busy = useSignal(false);
    const problem = useSignal('');
    const sure = useSignal(false);
    useEffect(() => first.current?.focus(), []);

    const change = (part: Partial<PresetBody>) => (body.value = { ...body.value, ...part });
    const attempt = async (act: () => Promise<void>) => {
        busy.value = true;
        problem.value = '';
        try {
            await act();
            onDone();
        } catch (error) {
            problem.value = error instanceof Error ? error.message : String(error);
        }
        busy.value = false;
    };
    const now = body.value;
    const tone = { toneHz: preset.toneHz, toneDb: now.toneDb };
    return (
        <form
            class="editor"
            onSubmit={(event) => {
                event.preventDefault();
                void attempt(() => savePreset(name.value.trim(), body.value, isNew));
            }}
            onKeyDown={(event) => {
                if (event.key !== 'Escape') return;
                event.stopPropagation();
                event.preventDefault();
                onDone();
            }}
        >
            <label class="entry">
                <span>{words.presetName}</span>
                <input
                    ref={first}
                    value={name.value}
                    readOnly={!isNew}
                    maxLength={40}
                    autocomplete="off"
                    spellcheck={false}
                    title={words.presetNameHint}
                    aria-describedby={problem.value ? `${id}-problem` : undefined}
                    onInput={(event) => (name.value = event.currentTarget.value)}
                />
            </label>
            <label class="entry">
                <span>{words.intent}</span>
                <input
                    value={now.intent}
                    maxLength={200}
                    autocomplete="off"
                    onInput={(event) => change({ intent: event.currentTarget.value })}
                />
            </label>
            <div class="equaliser">
                <svg
                    viewBox={`0 0 ${kWide} ${kHigh}`}
                    preserveAspectRatio="none"
                    aria-hidden="true"
                >
                    <path class="zero" d={`M0 ${kHigh / 2}H${kWide}`} />
                    <path class="line is-after" d={tonePath(tone, kWide, kHigh, kToneDb)} />
                </svg>
                {preset.toneHz.map((hz, i) => {
                    const gain = now.toneDb[i] ?? 0;
                    return (
                        <label key={hz} style={{ left: `${tonePlace(hz) * 100}%` }}>
                            <input
                                type="range"
                                class="upright"
                                min={-kToneDb}
                                max={kToneDb}
                                step="0.1"
                                value={gain}
                                aria-label={words.toneAt(words.hertz(hz))}
                                aria-valuetext={`${formatChange(gain)} dB`}
                                onInput={(event) => {
                                    const value = Number(event.currentTarget.value);
                                    change({
                                        toneDb: now.toneDb.map((old, k) => (k === i ? value : old)),
                                    });
                                }}
                            />
                            <output>{formatChange(gain)}</output>
                            <span aria-hidden="true">{words.hertz(hz)}</span>
                        </label>
                    );
                })}
            </div>
            <Slider
                label={words.correction}
                value={now.correction}
                least={0}
                most={1}
                step={0.05}
                show={(value) => words.percent(Math.round(100 * value))}
                onInput={(correction) => change({ correction })}
            />
            <AutoSlider
                label={words.ratio}
                value={now.ratio}
                least={1}
                most={4}
                step={0.1}
                usual={1.5}
                show={words.toOne}
                onChange={(ratio) => change({ ratio })}
            />
            <Slider
                label={words.attack}
                value={now.attackMs}
                least={1}
                most={100}
                step={1}
                show={words.ms}
                onInput={(attackMs) => change({ attackMs })}
            />
            <Slider
                label={words.release}
                value={now.releaseMs}
                least={20}
                most={400}
                step={5}
                show={words.ms}
                onInput={(releaseMs) => change({ releaseMs })}
            />
            <AutoSlider
                label={words.width}
                value={now.width}
                least={0.5}
                most={1.5}
                step={0.05}
                usual={1}
                show={words.times}
                onChange={(width) => change({ width })}
            />
            <Slider
                label={words.harmonics}
                value={now.evenHarmonics}
                least={0}
                most={0.1}
                step={0.005}
                show={(value) => words.percent(Number((100 * value).toFixed(1)))}
                onInput={(evenHarmonics) => change({ evenHarmonics })}
            />
            <Slider
                label={words.target}
                value={now.targetLufs}
                least={-23}
                most={-8}
                step={0.5}
                show={(value) => words.spokenLufs(formatLevel(value))}
                onInput={(targetLufs) => change({ targetLufs })}
            />
            <Slider
                label={words.ceiling}
                value={now.ceilingDbtp}
                least={-9}
                most={0}
                step={0.1}
                show={(value) => words.spokenDbtp(formatLevel(value))}
                onInput={(ceilingDbtp) => change({ ceilingDbtp })}
            />
            {problem.value && (
                <p class="problem" role="alert" id={`${id}-problem`}>
                    {problem.value}
                </p>
            )}
            <div class="buttons">
                {!isNew && (
                    <button
                        type="button"
                        class="text-button is-danger"
                        aria-label={words.removePreset(preset.name)}
                        disabled={busy.value}
                        onClick={() => {
                            if (sure.value) void attempt(() => deletePreset(preset));
                            else sure.value = true;
                        }}
                        onBlur={() => (sure.value = false)}
                    >
                        {sure.value ? words.removeSure : words.remove}
                    </button>
                )}
                <span class="spacer" />
                <button type="button" class="text-button" onClick={onDone}>
                    {words.cancel}
                </button>
                <button type="submit" class="solid" disabled={busy.value}>
                    {busy.value ? words.saving : words.save}
                </button>
            </div>
        </form>
    );
}

function bodyOf(preset: Preset): PresetBody {
    const { name: _name, toneHz: _toneHz, builtIn, ...body } = preset;
    return builtIn ? { ...body, intent: '' } : body;
}
