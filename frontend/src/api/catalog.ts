import { getJson, sendJson } from './client';
import type { Track } from './types';

/** Albums, artists, genres, playlists and what a listener keeps, as the server tells of them. */

export interface NamedId {
    id: string;
    name: string;
}

export interface Album {
    id: string;
    title: string;
    artist: string;
    artists: NamedId[];
    /** 0: unknown. */
    year: number;
    compilation: boolean;
    discTotal: number;
    addedAtMs: number;
    tracks: number;
    durationSeconds: number;
}

export interface Artist extends NamedId {
    sortName: string;
    tracks: number;
    albums: number;
}

export interface Genre extends NamedId {
    tracks: number;
    albums: number;
}

export interface TrackDetails extends Track {
    artists: (NamedId & { role: string })[];
    genres: NamedId[];
}

export interface Playlist extends NamedId {
    description: string;
    smart: boolean;
    rules: SmartRules | null;
    entries: number | null;
    durationSeconds: number | null;
    changedAtMs: number;
    revision: number;
}

export interface PlaylistEntry {
    /** Null in a smart playlist. */
    entryId: string | null;
    track: Track;
}

export type SmartValue = string | number | boolean | readonly [number, number];

export interface SmartTest {
    field: string;
    operator: string;
    value: SmartValue;
}

export type SmartCondition =
    | SmartTest
    | { all: readonly SmartCondition[] }
    | { any: readonly SmartCondition[] };

export interface SmartRules {
    match?: SmartCondition;
    order?:
        | readonly { by: string; direction?: 'ascending' | 'descending' }[]
        | { random: number | null };
    limit?: { tracks: number } | { minutes: number };
}

export interface Mark {
    trackId: string;
    starredAtMs: number | null;
    rating: number | null;
}

export interface PlayedTrack {
    track: Track;
    startedAtMs: number;
    secondsHeard: number;
}

export interface ImportAnswer extends Playlist {
    matched: { byPath: number; byPathEnd: number; byTags: number };
    unmatchedCount: number;
}

/** A piece of a list; `matching` is how long all of it is, where the server was asked to count. */
export interface Piece<T> {
    items: T[];
    next: string | null;
    matching?: number | undefined;
}

/** Which piece: behind the cursor `after`, or from row `skip` on. */
export interface Ask {
    limit: number;
    after?: string | undefined;
    skip?: number | undefined;
    count?: boolean | undefined;
}

export type Query = Readonly<Record<string, string | undefined>>;

const idPath = (id: string) => encodeURIComponent(id);

function askOf(ask: Ask): Record<string, string | number | undefined> {
    return {
        limit: ask.limit,
        after: ask.after,
        skip: ask.skip,
        count: ask.count ? 'true' : undefined,
    };
}

/** A listing whose answer has its rows under `name`. */
const listing =
    <T>(name: 'tracks' | 'albums' | 'artists' | 'genres') =>
    async (query: Query, ask: Ask, signal?: AbortSignal): Promise<Piece<T>> => {
        const answer = await getJson<Record<string, unknown>>(
            `/api/${name}`,
            { ...query, ...askOf(ask) },
            signal,
        );
        return {
            items: answer[name] as T[],
            next: answer['next'] as string | null,
            matching: answer['matching'] as number | undefined,
        };
    };

/** A list that is entered at its beginning alone. */
async function cursored<T>(
    path: string,
    name: string,
    query: Query,
    ask: Ask,
    signal?: AbortSignal,
): Promise<Piece<T>> {
    const answer = await getJson<Record<string, unknown>>(
        path,
        { ...query, limit: ask.limit, after: ask.after },
        signal,
    );
    return { items: answer[name] as T[], next: answer['next'] as string | null };
}

export const catalog = {
    // `sort` is always given: without it the server answers in a way that knows no `skip`.
    tracks: (query: Query, ask: Ask, signal?: AbortSignal) =>
        listing<Track>('tracks')({ ...query, sort: query['sort'] ?? 'library' }, ask, signal),
    albums: listing<Album>('albums'),
    artists: listing<Artist>('artists'),
    genres: listing<Genre>('genres'),

    track: (id: string, signal?: AbortSignal) =>
        getJson<TrackDetails>(`/api/tracks/${idPath(id)}`, {}, signal),
    album: (id: string, signal?: AbortSignal) =>
        getJson<Album>(`/api/albums/${idPath(id)}`, {}, signal),
    artist: (id: string, signal?: AbortSignal) =>
        getJson<Artist>(`/api/artists/${idPath(id)}`, {}, signal),
    search: (words: string, limit: number, signal?: AbortSignal) =>
        getJson<{ tracks: Track[]; albums: Album[]; artists: Artist[] }>(
            '/api/search',
            { q: words, limit },
            signal,
        ),

    stars: (ask: Ask, signal?: AbortSignal) =>
        cursored<Track>('/api/stars', 'tracks', {}, ask, signal),
    plays: (ask: Ask, signal?: AbortSignal) =>
        cursored<PlayedTrack>('/api/plays', 'plays', {}, ask, signal),
    setStar: (id: string, starred: boolean) =>
        sendJson<Mark>(starred ? 'PUT' : 'DELETE', `/api/tracks/${idPath(id)}/star`),
    setRating: (id: string, rating: number | null) =>
        rating === null
            ? sendJson<Mark>('DELETE', `/api/tracks/${idPath(id)}/rating`)
            : sendJson<Mark>('PUT', `/api/tracks/${idPath(id)}/rating`, { rating }),

    similar: (id: string, limit: number, signal?: AbortSignal) =>
        getJson<{ analysed: boolean; similar: { track: Track; distance: number }[] }>(
            `/api/tracks/${idPath(id)}/similar`,
            { limit },
            signal,
        ),
    radio: (id: string, seed: number, limit: number) =>
        getJson<{ analysed: boolean; tracks: Track[]; next: string | null }>('/api/radio', {
            track: id,
            seed,
            limit,
        }),

    playlists: (ask: Ask, signal?: AbortSignal) =>
        cursored<Playlist>('/api/playlists', 'playlists', {}, ask, signal),
    playlist: (id: string, signal?: AbortSignal) =>
        getJson<Playlist>(`/api/playlists/${idPath(id)}`, {}, signal),
    playlistTracks: (id: string, ask: Ask, signal?: AbortSignal) =>
        cursored<PlaylistEntry>(`/api/playlists/${idPath(id)}/tracks`, 'entries', {}, ask, signal),
    createPlaylist: (body: {
        name: string;
        trackIds?: readonly string[];
        rules?: SmartRules;
    }) => sendJson<Playlist>('POST', '/api/playlists', body),
    changePlaylist: (
        id: string,
        body: { name?: string; description?: string; rules?: SmartRules },
    ) => sendJson<Playlist>('PATCH', `/api/playlists/${idPath(id)}`, body),
    deletePlaylist: (id: string) => sendJson<void>('DELETE', `/api/playlists/${idPath(id)}`),
    addToPlaylist: (id: string, trackIds: readonly string[]) =>
        sendJson<Playlist>('POST', `/api/playlists/${idPath(id)}/tracks`, { trackIds }),
    moveInPlaylist: (id: string, entryIds: readonly string[], before: string | null) =>
        sendJson<Playlist>('POST', `/api/playlists/${idPath(id)}/tracks/move`, {
            entryIds,
            before,
        }),
    removeFromPlaylist: (id: string, entryIds: readonly string[]) =>
        sendJson<Playlist>('POST', `/api/playlists/${idPath(id)}/tracks/remove`, { entryIds }),
    playlistFileUrl: (id: string) => `/api/playlists/${idPath(id)}/file`,

    albumArtUrl: (id: string, size: number) => `/api/albums/${idPath(id)}/artwork?size=${size}`,
    trackArtUrl: (id: string, size: number) => `/api/tracks/${idPath(id)}/artwork?size=${size}`,
};
