import { effect } from '@preact/signals';
import { titleOf } from '../lib/rows';
import * as settings from '../model/settings';
import type { Player } from './Player';

const kSkipSeconds = 10;
const kArtworkPx = 512;

const artworkUrl = (id: string) =>
    `/api/tracks/${encodeURIComponent(id)}/artwork?size=${kArtworkPx}`;

/** Shows the track on lock screens and answers media keys. */
export function joinMediaSession(player: Player): void {
    const session = navigator.mediaSession as MediaSession | undefined;
    if (!session) return;
    effect(() => {
        const track = player.track.value;
        session.metadata = track
            ? new MediaMetadata({
                  title: titleOf(track),
                  artist: track.artist,
                  album: track.album,
                  artwork: [{ src: artworkUrl(track.id), sizes: `${kArtworkPx}x${kArtworkPx}` }],
              })
            : null;
    });
    effect(() => {
        session.playbackState = !player.track.value
            ? 'none'
            : player.playing.value
              ? 'playing'
              : 'paused';
    });
    effect(() => {
        const duration = player.duration.value;
        const position = Math.min(player.position.value, duration);
        const playbackRate = settings.speed.value;
        if (player.track.value && duration > 0)
            session.setPositionState({ duration, position, playbackRate });
    });
    const seekBy = (sign: number) => (details: MediaSessionActionDetails) =>
        player.seek(player.now + sign * (details.seekOffset ?? kSkipSeconds));
    const handlers: [MediaSessionAction, MediaSessionActionHandler][] = [
        ['play', () => player.play()],
        ['pause', () => player.pause()],
        ['previoustrack', () => player.previous()],
        ['nexttrack', () => player.next()],
        ['seekbackward', seekBy(-1)],
        ['seekforward', seekBy(1)],
        ['seekto', (details) => player.seek(details.seekTime ?? 0)],
    ];
    for (const [action, handler] of handlers) {
        try {
            session.setActionHandler(action, handler);
        } catch {
            // A browser that does not know the action simply has no such key.
        }
    }
}
