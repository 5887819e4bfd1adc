import * as settings from '../../model/settings';
import { strings } from '../../strings';

const words = strings.sound;

/** The one control that matters most: the same place of the same track, as it is or mastered. */
export function VoiceSwitch() {
    const enhanced = settings.enhanced.value;
    return (
        <button
            type="button"
            class="switch"
            role="switch"
            aria-checked={enhanced}
            aria-label={words.enhancedSound}
            aria-keyshortcuts="E"
            title={words.switchTitle}
            onClick={() => (settings.enhanced.value = !enhanced)}
        >
            <span class="switch-thumb" />
            <span>{words.original}</span>
            <span>{words.enhanced}</span>
        </button>
    );
}
