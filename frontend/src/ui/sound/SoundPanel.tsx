import { signal } from '@preact/signals';
import { player } from '../../player';
import { strings } from '../../strings';
import { Intensity, Levels } from './Controls';
import { Meters } from './Meters';
import { PlanWords } from './PlanWords';
import { Presets } from './Presets';
import { ReferenceMode } from './ReferenceMode';
import { Spectrum } from './Spectrum';
import { Timeline } from './Timeline';
import { VoiceSwitch } from './VoiceSwitch';
import '../../styles/mastering.css';

const words = strings.sound;

/** Half of a wide screen for the pictures. */
const isWide = signal(false);

/** How it sounds, why so, and what the listener can do about it. */
export function SoundPanel() {
    const playing = player.track.value !== undefined;
    return (
        <div class={`sound-panel${isWide.value ? ' is-wide' : ''}`}>
            <div class="sound-choices">
                <div>
                    <VoiceSwitch />
                    <p class="hint">
                        <kbd>E</kbd> {words.switchHint}
                    </p>
                </div>
                <Presets />
                <div class="controls">
                    <Intensity />
                    <Levels />
                    <ReferenceMode />
                </div>
            </div>
            <div class="sound-pictures">
                <button
                    type="button"
                    class="widen"
                    aria-pressed={isWide.value}
                    aria-label={words.larger}
                    title={words.larger}
                    onClick={() => (isWide.value = !isWide.value)}
                >
                    <svg viewBox="0 0 16 16" aria-hidden="true">
                        <path d="M6.5 3H3v10h3.500M10 5l-3 3 3 3M7 8h6.5" />
                    </svg>
                </button>
                <Meters />
                {playing && <Timeline />}
                {playing && <Spectrum />}
            </div>
            {playing ? <PlanWords /> : <p class="quiet why">{words.nothingPlays}</p>}
        </div>
    );
}
