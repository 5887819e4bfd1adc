import { formatRate } from '../lib/format';
import { titleOf } from '../lib/rows';
import * as library from '../model/library';
import { trackList } from '../model/lists';
import { play } from '../model/playing';
import * as settings from '../model/settings';
import { sheetOpen } from '../model/view';
import { player } from '../player';
import { strings } from '../strings';
import { TrackArt } from './Artwork';
import {
    NextIcon,
    PauseIcon,
    PlayIcon,
    PreviousIcon,
    RepeatIcon,
    ShuffleIcon,
    SoundIcon,
    VolumeIcon,
} from './icons';
import { PlayOptionsButton } from './PlayOptions';
import { SeekBar } from './SeekBar';
import { VoiceSwitch } from './sound/VoiceSwitch';

const words = strings.player;

export function playOrPause(): void {
    if (player.track.peek()) {
        player.toggle();
        return;
    }
    void play(trackList({}));
}

function Shuffle() {
    return (
        <button
            type="button"
            class="round is-side is-toggle"
            aria-label={words.shuffle}
            aria-pressed={settings.shuffle.value}
            title={words.shuffle}
            onClick={() => player.toggleShuffle()}
        >
            <ShuffleIcon />
        </button>
    );
}

/** Three states, so its name says which; a pressed button could only tell two. */
function Repeat() {
    const repeat = settings.repeat.value;
    return (
        <button
            type="button"
            class={`round is-side is-toggle${repeat === 'off' ? '' : ' is-on'}`}
            aria-label={words.repeat[repeat]}
            title={words.repeat[repeat]}
            onClick={() => player.cycleRepeat()}
        >
            <RepeatIcon one={repeat === 'one'} />
        </button>
    );
}

export function Transport() {
    const playing = player.playing.value;
    const track = player.track.value;
    const nothing = !track && library.health.value?.tracks === 0;
    return (
        <div class="transport">
            <Shuffle />
            <button
                type="button"
                class="round is-previous"
                aria-label={words.previous}
                title={words.previousKey}
                disabled={!track}
                onClick={() => player.previous()}
            >
                <PreviousIcon />
            </button>
            <button
                type="button"
                class="round play"
                aria-label={playing ? words.pause : words.play}
                title={playing ? words.pauseKey : words.playKey}
                disabled={nothing}
                onClick={playOrPause}
            >
                {playing ? <PauseIcon /> : <PlayIcon />}
            </button>
            <button
                type="button"
                class="round"
                aria-label={words.next}
                title={words.nextKey}
                disabled={!track || !player.hasNext()}
                onClick={() => player.next()}
            >
                <NextIcon />
            </button>
            <Repeat />
        </div>
    );
}

export function Volume() {
    const level = settings.muted.value ? 0 : settings.volume.value;
    const percent = Math.round(level * 100);
    return (
        <div class="volume">
            <button
                type="button"
                class="round"
                aria-label={words.mute}
                aria-pressed={settings.muted.value}
                title={words.muteKey}
                onClick={() => (settings.muted.value = !settings.muted.value)}
            >
                <VolumeIcon level={level} />
            </button>
            <input
                class="slider"
                type="range"
                min="0"
                max="100"
                value={percent}
                aria-label={words.volume}
                aria-valuetext={words.percent(percent)}
                style={{ '--fill': `${percent}%` }}
                onInput={(event) => {
                    settings.volume.value = Number(event.currentTarget.value) / 100;
                    settings.muted.value = false;
                }}
            />
        </div>
    );
}

export function NowPlaying() {
    const track = player.track.value;
    if (!track) {
        return (
            <div class="now is-empty">
                <span class="now-blank" />
                <div class="now-words">
                    <p class="now-title">{words.nothing}</p>
                    {(library.health.value?.tracks ?? 0) > 0 && (
                        <p class="now-artist">
                            {words.nothingHint}
                            <span class="wide">{words.nothingHintKey}</span>
                        </p>
                    )}
                </div>
            </div>
        );
    }
    const quality = [
        track.codec.toUpperCase(),
        track.sampleRateHz && formatRate(track.sampleRateHz),
    ];
    return (
        <div class="now" aria-live="polite">
            <TrackArt track={track} size={60} eager />
            <div class="now-words">
                <p class="now-title">
                    {track.albumId ? (
                        <a href={`/albums/${track.albumId}`}>{titleOf(track)}</a>
                    ) : (
                        titleOf(track)
                    )}
                </p>
                <p class="now-artist">{track.artist || words.unknownArtist}</p>
                <p class="now-quality">{quality.filter(Boolean).join(' · ')}</p>
            </div>
        </div>
    );
}

export function Dock() {
    const track = player.track.value;
    return (
        <footer class="dock" aria-label={words.label}>
            <button
                type="button"
                class="dock-open"
                aria-label={track ? words.openWith(titleOf(track)) : words.open}
                onClick={() => (sheetOpen.value = true)}
            />
            <NowPlaying />
            <Transport />
            <SeekBar />
            <VoiceSwitch />
            <PlayOptionsButton />
            <Volume />
            <button
                type="button"
                class="round dock-sound"
                aria-label={words.soundSettings}
                aria-haspopup="dialog"
                title={words.soundSettings}
                onClick={() => (sheetOpen.value = true)}
            >
                <SoundIcon />
            </button>
        </footer>
    );
}
