import { signal } from '@preact/signals';
import { catalog, type Album, type Artist, type Genre, type Query } from '../api/catalog';
import type { Track } from '../api/types';
import { PagedList, type Load } from '../lib/pagedList';
import { meet } from './tracks';

const kMostKept = 24;

/**
 * Lists by what they show. They are kept for a while, so that a page that is gone back to is there
 * at once, at the place where it was left.
 */
const kept = new Map<string, PagedList<unknown>>();

/** Grows when the library or what is kept about it has changed: pages then look anew. */
export const listsVersion = signal(0);

function keep<T>(key: string, make: () => PagedList<T>): PagedList<T> {
    const found = kept.get(key) as PagedList<T> | undefined;
    kept.delete(key);
    const list = found ?? make();
    kept.set(key, list);
    for (const [oldest, old] of kept) {
        if (kept.size <= kMostKept) break;
        kept.delete(oldest);
        old.close();
    }
    return list;
}

const keyOf = (name: string, query: Query) =>
    `${name}?${new URLSearchParams(
        Object.entries(query).flatMap(([key, value]) => (value ? [[key, value]] : [])),
    )}`;

/** Forgets lists without a word: who comes to such a page next asks anew. */
export function forgetLists(prefix: string): void {
    for (const [key, list] of kept) {
        if (!key.startsWith(prefix)) continue;
        kept.delete(key);
        list.close();
    }
}

/** Forgets lists, all or those whose name begins so; who shows one asks for it again. */
export function refreshLists(prefix = ''): void {
    forgetLists(prefix);
    listsVersion.value++;
}

const itself = (track: Track) => track;

/** Remembers the tracks of a list, so that what is played from it is known. */
function meeting<T>(load: Load<T>, trackOf: (row: T) => Track): Load<T> {
    return async (ask, stop) => {
        const piece = await load(ask, stop);
        meet(piece.items.map(trackOf));
        return piece;
    };
}

const canSkip = (query: Query) => query['sort'] !== 'random';

// Each reads listsVersion, so that a page that calls it is drawn again when lists are forgotten.

export function trackList(query: Query): PagedList<Track> {
    void listsVersion.value;
    return keep(
        keyOf('tracks', query),
        () => new PagedList(meeting((ask, stop) => catalog.tracks(query, ask, stop), itself), canSkip(query)),
    );
}

export function albumList(query: Query): PagedList<Album> {
    void listsVersion.value;
    return keep(
        keyOf('albums', query),
        () =>
            new PagedList((ask, stop) => catalog.albums(query, ask, stop), canSkip(query)),
    );
}

export function artistList(query: Query): PagedList<Artist> {
    void listsVersion.value;
    return keep(
        keyOf('artists', query),
        () => new PagedList((ask, stop) => catalog.artists(query, ask, stop), true),
    );
}

export function genreList(query: Query): PagedList<Genre> {
    void listsVersion.value;
    return keep(
        keyOf('genres', query),
        () => new PagedList((ask, stop) => catalog.genres(query, ask, stop), true),
    );
}

/** A list that is paged by cursor alone. */
export function cursorList<T>(key: string, load: Load<T>, trackOf?: (row: T) => Track) {
    void listsVersion.value;
    return keep(key, () => new PagedList<T>(trackOf ? meeting(load, trackOf) : load, false));
}
