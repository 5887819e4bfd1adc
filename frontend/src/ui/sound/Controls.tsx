import { useSignal, type Signal } from '@preact/signals';
import { formatLevel } from '../../lib/format';
import * as insight from '../../model/insight';
import * as library from '../../model/library';
import * as settings from '../../model/settings';
import { strings } from '../../strings';
import { Slider } from './Slider';

const words = strings.sound;

interface LiveSliderProps {
    label: string;
    setting: Signal<number>;
    show: (value: number) => string;
}

/** A share that is shown while it moves and heard when it is let go. */
export function LiveSlider({ label, setting, show }: LiveSliderProps) {
    const moving = useSignal<number | undefined>(undefined);
    return (
        <Slider
            label={label}
            value={moving.value ?? setting.value}
            least={0}
            most={1}
            step={0.05}
            show={show}
            onInput={(value) => (moving.value = value)}
            onChange={(value) => {
                moving.value = undefined;
                setting.value = value;
            }}
        />
    );
}

const percent = (value: number) => words.percent(Math.round(100 * value));

export function Intensity() {
    return (
        <LiveSlider
            label={words.intensity}
            setting={settings.intensity}
            show={(value) => (value === 0 ? words.off : percent(value))}
        />
    );
}

export const Blend = () => (
    <LiveSlider label={words.blend} setting={settings.blend} show={percent} />
);

interface LevelProps {
    label: string;
    /** Null: what the preset, or the reference, asks for. */
    setting: Signal<number | null>;
    usual: number;
    range: { least: number; most: number };
    step: number;
    show: (value: number) => string;
}

function Level({ label, setting, usual, range, step, show }: LevelProps) {
    const moving = useSignal<number | undefined>(undefined);
    const own = setting.value !== null;
    return (
        <div class="auto-row">
            <Slider
                label={label}
                value={moving.value ?? setting.value ?? usual}
                {...range}
                step={step}
                show={show}
                onInput={(value) => (moving.value = value)}
                onChange={(value) => {
                    moving.value = undefined;
                    setting.value = value;
                }}
            />
            <label class="check">
                <input
                    type="checkbox"
                    aria-label={`${label}: ${words.asPreset}`}
                    title={words.asPreset}
                    checked={!own}
                    onChange={(event) =>
                        (setting.value = event.currentTarget.checked ? null : usual)
                    }
                />
                {words.auto}
            </label>
        </div>
    );
}

/** How loud, and how high peaks may go; folded, for most people want the preset's own. */
export function Levels() {
    const preset = library.presets.value.find(({ name }) => name === settings.preset.value);
    const plan = insight.plan.value;
    // What holds without a wish of the listener: the preset's, on the way to the reference's.
    const presetTarget = preset?.targetLufs ?? -14;
    const liked = insight.reference.value?.integratedLufs ?? presetTarget;
    const { least, most } = settings.kTargetLufs;
    const between = presetTarget + settings.blend.value * (liked - presetTarget);
    const usualTarget = Math.max(least, Math.min(most, between));
    const usualCeiling = preset?.ceilingDbtp ?? -1;
    const target = settings.targetLufs.value ?? plan?.targetLufs ?? usualTarget;
    const ceiling = settings.ceilingDbtp.value ?? plan?.ceilingDbtp ?? usualCeiling;
    return (
        <details class="levels">
            <summary>
                <span>{words.loudness}</span>
                <span>{words.levels(formatLevel(target), formatLevel(ceiling))}</span>
            </summary>
            <Level
                label={words.target}
                setting={settings.targetLufs}
                usual={usualTarget}
                range={settings.kTargetLufs}
                step={0.5}
                show={(value) => words.spokenLufs(formatLevel(value))}
            />
            <Level
                label={words.ceiling}
                setting={settings.ceilingDbtp}
                usual={usualCeiling}
                range={settings.kCeilingDbtp}
                step={0.5}
                show={(value) => words.spokenDbtp(formatLevel(value))}
            />
        </details>
    );
}
