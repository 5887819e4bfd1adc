import { whileLoading } from '../lib/quiet';
import { strings } from '../strings';
import type { Analysis, Chunks, Health, Plan, Preset, SavedQueue, Track, TrackPage, Voice } from './types';

const kTimeoutMs = 15_000;

/** The server answered with an error; `message` is fit to be shown. */
export class ApiError extends Error {
    constructor(
        readonly status: number,
        readonly title: string,
        readonly detail: string,
        readonly retryAfter: string | null,
    ) {
        super(detail || title);
    }
}

/** The server did not answer at all. */
export class Unreachable extends Error {
    constructor() {
        super(strings.player.notAnswering);
    }
}

export async function apiErrorOf(response: Response): Promise<ApiError> {
    let title = `Error ${response.status}`;
    let detail = '';
    if ((response.headers.get('content-type') ?? '').includes('json')) {
        try {
            const problem = (await response.json()) as { title?: unknown; detail?: unknown };
            if (typeof problem.title === 'string') title = problem.title;
            if (typeof problem.detail === 'string') detail = problem.detail;
        } catch {
            // A broken body leaves the status to speak.
        }
    }
    return new ApiError(response.status, title, detail, response.headers.get('retry-after'));
}

export async function request(
    url: string,
    init: RequestInit,
    signal?: AbortSignal,
    timeoutMs = kTimeoutMs,
): Promise<Response> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    const forward = () => deadline.abort();
    signal?.addEventListener('abort', forward);
    try {
        return await fetch(url, { ...init, signal: deadline.signal });
    } catch (error) {
        if (signal?.aborted) throw error;
        throw new Unreachable();
    } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', forward);
    }
}

export function getJson<T>(
    path: string,
    query: Record<string, string | number | undefined> = {},
    signal?: AbortSignal,
): Promise<T> {
    return whileLoading(askForJson<T>(path, query, signal));
}

async function askForJson<T>(
    path: string,
    query: Record<string, string | number | undefined>,
    signal?: AbortSignal,
): Promise<T> {
    const params = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
        if (value !== undefined && value !== '') params.set(name, String(value));
    }
    const suffix = params.size > 0 ? `?${params}` : '';
    const response = await request(
        path + suffix,
        { headers: { accept: 'application/json' } },
        signal,
    );
    if (!response.ok) throw await apiErrorOf(response);
    return (await response.json()) as T;
}

/** @return what the server answered; nothing where it answered without a body */
export async function sendJson<T>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
): Promise<T> {
    const init: RequestInit = { method, headers: { accept: 'application/json' } };
    if (body !== undefined) {
        init.headers = { accept: 'application/json', 'content-type': 'application/json' };
        init.body = JSON.stringify(body);
    }
    const response = await request(path, init);
    if (!response.ok) throw await apiErrorOf(response);
    return (response.status === 204 ? undefined : await response.json()) as T;
}

/** Tells the server something that nobody waits for, and that may outlive the page. */
async function send(method: string, path: string, body: unknown): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const text = JSON.stringify(body);
    // Browsers let 64 KiB at most outlive a page.
    const keepalive = text.length < 60_000;
    try {
        await fetch(path, { method, headers, body: text, keepalive });
    } catch {
        // It is told again with the next change.
    }
}

/** What a voice is to the server, as the parameters of streams, plans and chunks. */
export function voiceQuery(voice: Voice): Record<string, string> {
    return {
        preset: voice.preset,
        intensity: voice.intensity.toFixed(2),
        ...(voice.reference && { reference: voice.reference, blend: voice.blend.toFixed(2) }),
        ...(voice.targetLufs !== null && { target: voice.targetLufs.toFixed(1) }),
        ...(voice.ceilingDbtp !== null && { ceiling: voice.ceilingDbtp.toFixed(1) }),
        // The server does not look at it.
        ...(voice.edition > 0 && { edition: String(voice.edition) }),
    };
}

export const api = {
    tracks: (
        query: { limit: number; after?: string | undefined; search?: string },
        signal?: AbortSignal,
    ) => getJson<TrackPage>('/api/tracks', query, signal),
    track: (id: string) => getJson<Track>(`/api/tracks/${encodeURIComponent(id)}`),
    analysis: (id: string, signal?: AbortSignal) =>
        getJson<Analysis>(`/api/tracks/${encodeURIComponent(id)}/analysis`, {}, signal),
    plan: (id: string, voice: Voice, signal?: AbortSignal) =>
        getJson<Plan>(`/api/tracks/${encodeURIComponent(id)}/plan`, voiceQuery(voice), signal),
    presets: () => getJson<{ presets: Preset[] }>('/api/presets'),
    chunks: (id: string, voice: Voice, signal?: AbortSignal) =>
        getJson<Chunks>(
            `/api/player/chunks/${encodeURIComponent(id)}`,
            { ...voiceQuery(voice), bits: 16 },
            signal,
        ),
    health: () => getJson<Health>('/api/health'),

    /** A stream of PCM; the original is the decoded file, brought to the loudness of the other. */
    streamUrl(id: string, voice: Voice): string {
        const kind = voice.enhanced ? 'enhanced=true' : 'enhanced=false&matchLoudness=true';
        const query = new URLSearchParams(voiceQuery(voice));
        return `/api/player/stream/${encodeURIComponent(id)}?${kind}&${query}&format=wav&bits=16`;
    },

    queue: () => getJson<SavedQueue>('/api/queue'),
    keepQueue: (queue: SavedQueue & { client: string }) => send('PUT', '/api/queue', queue),
    keepPlace: (place: Omit<SavedQueue, 'trackIds'> & { client: string }) =>
        send('PATCH', '/api/queue', place),

    /** Tells that a track was played; nobody waits for the answer, which may outlive the page. */
    played(trackId: string, startedAtMs: number, secondsHeard: number): void {
        const body = JSON.stringify({ trackId, startedAtMs, secondsHeard, source: 'web' });
        const headers = { 'content-type': 'application/json' };
        fetch('/api/plays', { method: 'POST', headers, body, keepalive: true }).catch(() => {
            // A play that is not counted disturbs nobody.
        });
    },
};
