import type { Track } from '../api/types';

export function titleOf(track: Track): string {
    return track.title || 'Untitled';
}

export function albumArtistOf(track: Track): string {
    return track.albumArtist || track.artist;
}
