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

const words = strings.sound;

/** How it sounds, why so, and what the listener can do about it. */
export function SoundPanel() {
    return (
        <div class="sound-panel">
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
            <Meters />
            {player.track.value ? (
                <>
                    <Timeline />
                    <Spectrum />
                    <PlanWords />
                </>
            ) : (
                <p class="quiet">{words.nothingPlays}</p>
            )}
        </div>
    );
}
