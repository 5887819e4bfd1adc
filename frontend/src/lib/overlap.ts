import type { Track } from '../api/types';
import { albumArtistOf } from './rows';

/** Of two tracks no more than this share is given to their crossfade. */
const kLargestShare = 0.25;

/**
 * Whether one track follows the other on an album: those join as they were made, without a fade.
 * Where numbers are missing, being of one album is enough.
 */
export function areNeighbours(before: Track, after: Track): boolean {
    if (!before.album || before.album !== after.album) return false;
    if (albumArtistOf(before) !== albumArtistOf(after)) return false;
    if (!before.trackNumber || !after.trackNumber) return true;
    if (before.discNumber === after.discNumber) return after.trackNumber === before.trackNumber + 1;
    return after.discNumber === before.discNumber + 1 && after.trackNumber === 1;
}

/** How long two tracks overlap, in seconds. */
export function overlapSeconds(before: Track, after: Track, wanted: number): number {
    if (!(wanted > 0) || areNeighbours(before, after)) return 0;
    const most = kLargestShare * Math.min(before.durationSeconds, after.durationSeconds);
    return Math.max(0, Math.min(wanted, most));
}
