import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import * as settings from '../model/settings';
import { player } from '../player';
import { strings } from '../strings';
import { ClockIcon } from './icons';

const words = strings.player;
const kSpeeds = [0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2];
const kSleepMinutes = [5, 15, 30, 45, 60, 90];
const kCrossfades = [0, 2, 4, 6, 8, 12];

interface Choice {
    value: string;
    text: string;
}

function Select(props: {
    label: string;
    value: string;
    choices: readonly Choice[];
    onChange: (value: string) => void;
}) {
    return (
        <label class="option">
            <span>{props.label}</span>
            <select
                value={props.value}
                onChange={(event) => props.onChange(event.currentTarget.value)}
            >
                {props.choices.map(({ value, text }) => (
                    <option key={value} value={value}>
                        {text}
                    </option>
                ))}
            </select>
        </label>
    );
}

/** Numbers to choose from, and the one that was set elsewhere. */
function withNumber(numbers: readonly number[], now: number): number[] {
    return numbers.includes(now) ? [...numbers] : [...numbers, now].sort((a, b) => a - b);
}

function sleepMinutesLeft(): number | undefined {
    void player.position.value; // a few times a minute is enough, and it moves while music plays
    const sleep = player.sleep.value;
    if (sleep.kind !== 'time') return undefined;
    return Math.max(1, Math.ceil((sleep.endsAtMs - Date.now()) / 60_000));
}

/** How fast it plays, when it stops, how tracks go over: what is set once and then left alone. */
export function PlayOptions() {
    const speed = settings.speed.value;
    const crossfade = settings.crossfadeSeconds.value;
    const sleep = player.sleep.value;
    const left = sleepMinutesLeft();
    const sleepChoices: Choice[] = [
        { value: 'off', text: words.sleepOff },
        ...kSleepMinutes.map((minutes) => ({
            value: String(minutes),
            text: words.sleepIn(minutes),
        })),
        { value: 'track', text: words.sleepTrack },
    ];
    if (left !== undefined) sleepChoices.unshift({ value: 'time', text: words.sleepLeft(left) });
    return (
        <div class="options">
            <Select
                label={words.speed}
                value={String(speed)}
                choices={withNumber(kSpeeds, speed).map((each) => ({
                    value: String(each),
                    text: words.speedOf(each),
                }))}
                onChange={(value) => (settings.speed.value = Number(value))}
            />
            <Select
                label={words.sleep}
                value={sleep.kind}
                choices={sleepChoices}
                onChange={(value) => {
                    if (value === 'time') return;
                    player.setSleep(value === 'off' || value === 'track' ? value : Number(value));
                }}
            />
            <Select
                label={words.crossfade}
                value={String(crossfade)}
                choices={withNumber(kCrossfades, crossfade).map((each) => ({
                    value: String(each),
                    text: each === 0 ? words.crossfadeOff : words.crossfadeOf(each),
                }))}
                onChange={(value) => (settings.crossfadeSeconds.value = Number(value))}
            />
            {crossfade > 0 && <p class="quiet">{words.crossfadeHint}</p>}
        </div>
    );
}

/** Opens the options above the dock; it shows what is not as usual. */
export function PlayOptionsButton() {
    const open = useSignal(false);
    const host = useRef<HTMLDivElement>(null);
    const id = useId();
    useEffect(() => {
        if (!open.value) return undefined;
        host.current?.querySelector('select')?.focus();
        const onPointer = (event: PointerEvent) => {
            if (!host.current?.contains(event.target as Node)) open.value = false;
        };
        addEventListener('pointerdown', onPointer);
        return () => removeEventListener('pointerdown', onPointer);
    }, [open.value]);
    const speed = settings.speed.value;
    const left = sleepMinutesLeft();
    const badge =
        left !== undefined ? words.sleepLeft(left) : speed !== 1 ? words.speedOf(speed) : '';
    const isUsual = badge === '' && player.sleep.value.kind === 'off';
    return (
        <div
            ref={host}
            class="play-options"
            onKeyDown={(event) => {
                if (event.key !== 'Escape' || !open.value) return;
                event.stopPropagation();
                open.value = false;
                host.current?.querySelector('button')?.focus();
            }}
        >
            <button
                type="button"
                class={`round is-toggle${isUsual ? '' : ' is-on'}`}
                aria-label={badge ? `${words.options}: ${badge}` : words.options}
                aria-expanded={open.value}
                aria-controls={id}
                title={words.options}
                onClick={() => (open.value = !open.value)}
            >
                {badge ? <span class="badge">{badge}</span> : <ClockIcon />}
            </button>
            {open.value && (
                <div id={id} class="play-popover" role="group" aria-label={words.options}>
                    <PlayOptions />
                </div>
            )}
        </div>
    );
}
