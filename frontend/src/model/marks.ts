import { signal } from '@preact/signals';
import { catalog, type Mark } from '../api/catalog';
import type { Track } from '../api/types';
import { strings } from '../strings';
import { refreshLists } from './lists';
import { toast } from './toasts';

/** Stars and ratings that were given on this page: newer than what lists say. */
const given = signal<ReadonlyMap<string, Mark>>(new Map());

export function markOf(track: Track): Mark {
    return (
        given.value.get(track.id) ?? {
            trackId: track.id,
            starredAtMs: track.starredAtMs,
            rating: track.rating,
        }
    );
}

function put(mark: Mark): void {
    given.value = new Map(given.peek()).set(mark.trackId, mark);
}

/** Shows the change at once, and takes it back when the server refuses. */
async function change(track: Track, wish: Partial<Mark>, ask: () => Promise<Mark>): Promise<void> {
    const before = markOf(track);
    put({ ...before, ...wish });
    try {
        put(await ask());
        refreshLists('stars');
    } catch (error) {
        put(before);
        toast(error instanceof Error ? error.message : String(error), 'error');
    }
}

export function toggleStar(track: Track): Promise<void> {
    const starred = markOf(track).starredAtMs === null;
    return change(track, { starredAtMs: starred ? Date.now() : null }, () =>
        catalog.setStar(track.id, starred),
    );
}

export async function starAll(tracks: readonly Track[]): Promise<void> {
    const without = tracks.filter((track) => markOf(track).starredAtMs === null);
    await Promise.all(without.map(toggleStar));
    toast(strings.library.starred(tracks.length));
}

export function rate(track: Track, rating: number | null): Promise<void> {
    return change(track, { rating }, () => catalog.setRating(track.id, rating));
}
