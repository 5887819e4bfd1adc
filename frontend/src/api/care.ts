import { getJson, sendJson } from './client';

export interface Corridor {
    version: number;
    tracks: number | null;
    createdMs: number | null;
    analysed: number;
    nextAt: number | null;
}

export type ProblemKind =
    | 'folder'
    | 'link'
    | 'access'
    | 'changing'
    | 'empty'
    | 'format'
    | 'damaged'
    | 'analysis'
    | 'other';

export interface LibraryProblem {
    path: string;
    kind: ProblemKind;
    reason: string;
}

export interface CacheFigures {
    chunks: number;
    bytes: number;
    seconds: number;
    hits: number;
    misses: number;
    hitRate: number | null;
    rendersSaved: number;
    published: number;
    evicted: number;
}

export interface CacheReport {
    generalBytes: number;
    generalBudgetBytes: number;
    firstChunkBytes: number;
    firstChunkBudgetBytes: number;
    bytesPerMinute: number | null;
    all: CacheFigures;
    presets: (CacheFigures & { preset: string })[];
    tracks: (CacheFigures & {
        trackId: string | null;
        artist: string | null;
        title: string | null;
        content: string;
        preset: string;
    })[];
    tracksLeftOut: number;
}

export interface PrewarmRequest {
    select: 'all' | 'album' | 'artist' | 'tracks' | 'recent' | 'most-played';
    /** With `tracks`: what to call them. */
    name?: string;
    trackIds?: string[];
    limit?: number;
    depth?: 'first-chunks' | 'full';
    presets?: string[];
    intensity?: number;
    dryRun?: boolean;
}

export interface Prewarm {
    id: string;
    scheduled: boolean;
    createdMs: number;
    /** In lists and events without its tracks. */
    request: PrewarmRequest;
    progress: {
        phase: 'waiting' | 'analysing' | 'rendering' | 'done' | 'failed' | 'cancelled';
        limit: 'none' | 'budget' | 'cache-full';
        fraction: number;
        tracks: number;
        tracksFailed: number;
        analyses: number;
        chunksThere: number;
        chunksRendered: number;
        bytes: number;
        seconds: number;
        error: string | null;
        problems?: string[];
    };
}

export type FileFormat = 'flac' | 'wav' | 'mp3' | 'opus' | 'aac' | 'alac';

export interface EnhanceRequest {
    trackIds?: string[];
    albumId?: string;
    artistId?: string;
    playlistId?: string;
    select?: 'all';
    /** What people call what is enhanced. */
    name?: string;
    format?: FileFormat;
    /** Of lossless formats; 32 is float. */
    bits?: number;
    /** Of lossy ones, in kbit/s. */
    bitrate?: number;
    /** Whether an album's tracks keep their loudness relative to each other. */
    album?: boolean;
    overwrite?: boolean;
    preset?: string;
    intensity?: number;
    target?: number;
    ceiling?: number;
    reference?: string;
    blend?: number;
}

export interface Enhancement {
    id: string;
    createdMs: number;
    /** In lists and events without its tracks. */
    request: EnhanceRequest;
    progress: {
        state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
        fraction: number;
        tracks: number;
        tracksDone: number;
        /** Of those, made now; there already; not made. */
        tracksMade: number;
        tracksThere: number;
        tracksFailed: number;
        secondsLeft: number | null;
        error: string | null;
        /** These two are not in lists and events. */
        failures?: { trackId: string; status: string; message: string }[];
        files?: { trackId: string; path: string; bytes: number; made: boolean }[];
    };
}

interface TrackIdPage {
    tracks: { id: string }[];
    next: string | null;
}

const kIdPage = 1000;

/** Every id of a listing, page after page. */
async function allTrackIds(query: Record<string, string>): Promise<string[]> {
    const ids: string[] = [];
    let after: string | undefined;
    do {
        const page: TrackIdPage = await getJson<TrackIdPage>('/api/tracks', {
            ...query,
            limit: kIdPage,
            after,
        });
        ids.push(...page.tracks.map(({ id }) => id));
        after = page.next ?? undefined;
    } while (after !== undefined);
    return ids;
}

async function playlistTrackIds(id: string): Promise<string[]> {
    interface Page {
        entries: { track: { id: string } }[];
        next: string | null;
    }
    const path = `/api/playlists/${encodeURIComponent(id)}/tracks`;
    const ids: string[] = [];
    let after: string | undefined;
    do {
        const page: Page = await getJson<Page>(path, { limit: kIdPage, after });
        ids.push(...page.entries.map(({ track }) => track.id));
        after = page.next ?? undefined;
    } while (after !== undefined);
    return ids;
}

/** Page by page, until there are no more or `most`. */
async function problems(most: number): Promise<LibraryProblem[]> {
    interface Page {
        problems: LibraryProblem[];
        next: string | null;
    }
    const found: LibraryProblem[] = [];
    let after: string | undefined;
    do {
        const limit = Math.min(kIdPage, most - found.length);
        const page: Page = await getJson<Page>('/api/library/problems', { limit, after });
        found.push(...page.problems);
        after = page.next ?? undefined;
    } while (after !== undefined && found.length < most);
    return found;
}

interface Found {
    albums: { id: string; title: string; artist: string; tracks: number }[];
    artists: { id: string; name: string; tracks: number }[];
}

const jobPath = (kind: string, id: string) => `/api/${kind}/${encodeURIComponent(id)}`;

export const care = {
    corridor: () => getJson<Corridor>('/api/library/corridor'),
    scan: (depth: 'files' | 'folders') => sendJson('POST', `/api/library/scan?depth=${depth}`),
    endScan: () => sendJson<void>('DELETE', '/api/library/scan'),
    problems,

    cache: (limit: number) => getJson<CacheReport>('/api/cache', { limit }),
    clearCache(of: { track?: string; preset?: string }) {
        const query = new URLSearchParams(of as Record<string, string>);
        const suffix = query.size > 0 ? `?${query}` : '';
        return sendJson<{ chunks: number; bytes: number }>('DELETE', `/api/cache${suffix}`);
    },

    prewarm: (request: PrewarmRequest) => sendJson<Prewarm>('POST', '/api/prewarm', request),
    prewarms: async () => (await getJson<{ jobs: Prewarm[] }>('/api/prewarm')).jobs,
    prewarmState: (id: string) => getJson<Prewarm>(jobPath('prewarm', id)),
    endPrewarm: (id: string) => sendJson<void>('DELETE', jobPath('prewarm', id)),

    enhance: (request: EnhanceRequest) => sendJson<Enhancement>('POST', '/api/enhance', request),
    enhancements: async () => (await getJson<{ jobs: Enhancement[] }>('/api/enhance')).jobs,
    enhancement: (id: string) => getJson<Enhancement>(jobPath('enhance', id)),
    endEnhancement: (id: string) => sendJson<void>('DELETE', jobPath('enhance', id)),
    enhancedFile: (id: string, number: number) => `${jobPath('enhance', id)}/files/${number}`,

    find: (words: string, limit: number, signal: AbortSignal) =>
        getJson<Found>('/api/search', { q: words, limit }, signal),
    playlists: async (signal: AbortSignal) =>
        (await getJson<{ playlists: { id: string; name: string }[] }>('/api/playlists', {}, signal))
            .playlists,
    allTrackIds,
    playlistTrackIds,
};
