import { strings } from '../../strings';

interface SliderProps {
    label: string;
    value: number;
    least: number;
    most: number;
    step: number;
    /** What stands beside it, and is spoken. */
    show: (value: number) => string;
    /** Something else decides: spoken, and nothing beside it. */
    isAuto?: boolean;
    /** While it moves. */
    onInput: (value: number) => void;
    /** When it is let go. */
    onChange?: (value: number) => void;
}

/** A range with its name and its value in words. */
export function Slider(props: SliderProps) {
    const { label, value, least, most, step, show, isAuto, onInput, onChange } = props;
    const filled = ((value - least) / (most - least)) * 100;
    return (
        <label class={`slider-row${isAuto ? ' is-auto' : ''}`}>
            <span>{label}</span>
            <input
                class="slider"
                type="range"
                min={least}
                max={most}
                step={step}
                value={value}
                style={{ '--fill': `${filled}%` }}
                aria-valuetext={isAuto ? strings.sound.auto : show(value)}
                onInput={(event) => onInput(Number(event.currentTarget.value))}
                onChange={(event) => onChange?.(Number(event.currentTarget.value))}
            />
            <output>{!isAuto && show(value)}</output>
        </label>
    );
}
