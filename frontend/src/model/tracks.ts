import { signal } from '@preact/signals';
import { api } from '../api/client';
import type { Track } from '../api/types';

/** Tracks that pages have shown or the queue has played; in memory as long as the page. */
const known = new Map<string, Track>();
/** Grows with `known`, for who waits for a track to be known. */
const met = signal(0);

/** Remembers tracks, so that the queue and the bar need not ask for them again. */
export function meet(tracks: readonly (Track | undefined)[]): void {
    let fresh = false;
    for (const track of tracks) {
        if (!track) continue;
        const before = known.get(track.id);
        if (before === track) continue;
        known.set(track.id, track);
        fresh = true;
    }
    if (fresh) met.value++;
}

export function knownTrack(id: string): Track | undefined {
    return known.get(id);
}

/** As knownTrack(), for components: they are drawn again when it becomes known. */
export function watchTrack(id: string): Track | undefined {
    void met.value;
    return known.get(id);
}

export async function findTrack(id: string): Promise<Track> {
    const found = known.get(id);
    if (found) return found;
    const track = await api.track(id);
    meet([track]);
    return track;
}

export function markMissing(id: string): void {
    const track = known.get(id);
    if (track) meet([{ ...track, missing: true }]);
}
