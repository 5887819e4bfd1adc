import { formatRate } from '../lib/format';
import { albumArtistOf, titleOf } from '../lib/rows';
import type { Track } from '../api/types';
import * as library from '../model/library';
import * as settings from '../model/settings';
import { sheetOpen } from '../model/view';
import { player } from '../player';
import { Cover } from './Cover';
import { NextIcon, PauseIcon, PlayIcon, PreviousIcon, SoundIcon, VolumeIcon } from './icons';
import { SeekBar } from './SeekBar';
import { VoiceSwitch } from './SoundPanel';

export function coverSeedOf(track: Track): string {
    return `${albumArtistOf(track)}/${track.album || 'Single tracks'}`;
}

export function playOrPause(): void {
    if (player.track.peek()) {
        player.toggle();
        return;
    }
    const ids = library.rowTrackIds.peek();
    const first = ids.find((id) => library.knownTrack(id)?.missing !== true);
    if (first !== undefined) player.playFrom(ids, first);
}

export function Transport() {
    const playing = player.playing.value;
    const track = player.track.value;
    const nothing = !track && library.tracks.value.length === 0;
    return (
        <div class="transport">
            <button
                type="button"
                class="round"
                aria-label="Previous track"
                title="Previous (Shift ←)"
                disabled={!track}
                onClick={() => player.previous()}
            >
                <PreviousIcon />
            </button>
            <button
                type="button"
                class="round play"
                aria-label={playing ? 'Pause' : 'Play'}
                title={playing ? 'Pause (Space)' : 'Play (Space)'}
                disabled={nothing}
                onClick={playOrPause}
            >
                {playing ? <PauseIcon /> : <PlayIcon />}
            </button>
            <button
                type="button"
                class="round"
                aria-label="Next track"
                title="Next (Shift →)"
                disabled={!track || !player.hasNext()}
                onClick={() => player.next()}
            >
                <NextIcon />
            </button>
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
                aria-label="Mute"
                aria-pressed={settings.muted.value}
                title="Mute (M)"
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
                aria-label="Volume"
                aria-valuetext={`${percent} percent`}
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
                    <p class="now-title">Nothing playing</p>
                    {library.tracks.value.length > 0 && (
                        <p class="now-artist">Pick a track, or press Space</p>
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
            <Cover seed={coverSeedOf(track)} />
            <div class="now-words">
                <p class="now-title">{titleOf(track)}</p>
                <p class="now-artist">{track.artist || 'Unknown artist'}</p>
                <p class="now-quality">{quality.filter(Boolean).join(' · ')}</p>
            </div>
        </div>
    );
}

export function Dock() {
    const track = player.track.value;
    return (
        <footer class="dock" aria-label="Player">
            <button
                type="button"
                class="dock-open"
                aria-label={track ? `Open the player: ${titleOf(track)}` : 'Open the player'}
                onClick={() => (sheetOpen.value = true)}
            />
            <NowPlaying />
            <Transport />
            <SeekBar />
            <VoiceSwitch />
            <Volume />
            <button
                type="button"
                class="round dock-sound"
                aria-label="Sound settings"
                aria-haspopup="dialog"
                title="Sound settings"
                onClick={() => (sheetOpen.value = true)}
            >
                <SoundIcon />
            </button>
        </footer>
    );
}
