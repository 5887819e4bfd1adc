// What the server knows of a track's sound, and the listener's own presets and references.
import { apiErrorOf, getJson, request, sendJson, voiceQuery } from './client';
import type { Effect, Preset, PresetBody, Reference, Track, Voice } from './types';

/** What the server itself waits for the analyses of tracks, and some. */
const kAnalysesTimeoutMs = 35_000;
/** A file of the largest size on a slow network. */
const kSendingTimeoutMs = 30 * 60_000;

const presetPath = (name: string) => `/api/presets/${encodeURIComponent(name)}`;
const referencePath = (id: string) => `/api/references/${encodeURIComponent(id)}`;

async function makeReference(
    query: string,
    init: RequestInit,
    timeoutMs: number,
    signal?: AbortSignal,
): Promise<Reference> {
    const path = `/api/references${query}`;
    const response = await request(path, { method: 'POST', ...init }, signal, timeoutMs);
    if (!response.ok) throw await apiErrorOf(response);
    return (await response.json()) as Reference;
}

export const soundApi = {
    effect: (id: string, voice: Voice, points: number, signal?: AbortSignal) =>
        getJson<Effect>(
            `/api/tracks/${encodeURIComponent(id)}/effect`,
            { ...voiceQuery(voice), points },
            signal,
        ),

    createPreset: (name: string, body: PresetBody) =>
        sendJson<Preset>('POST', '/api/presets', { name, ...body }),
    replacePreset: (name: string, body: PresetBody) =>
        sendJson<Preset>('PUT', presetPath(name), body),
    deletePreset: (name: string) => sendJson<void>('DELETE', presetPath(name)),

    references: () => getJson<{ references: Reference[] }>('/api/references'),
    reference: (id: string, signal?: AbortSignal) =>
        getJson<Reference>(referencePath(id), {}, signal),
    deleteReference: (id: string) => sendJson<void>('DELETE', referencePath(id)),

    createReference: (name: string, trackIds: readonly string[]) =>
        makeReference(
            '',
            {
                headers: { 'content-type': 'application/json' },
                body: JSON.stringify({ name, trackIds }),
            },
            kAnalysesTimeoutMs,
        ),
    /** The server looks at the bytes; what a browser makes of a name is no more than a hint. */
    sendReference: (file: File, signal: AbortSignal) =>
        makeReference(
            `?name=${encodeURIComponent(file.name.slice(0, 200))}`,
            {
                headers: {
                    'content-type': file.type.startsWith('audio/')
                        ? file.type
                        : 'application/octet-stream',
                },
                body: file,
            },
            kSendingTimeoutMs,
            signal,
        ),

    search: (words: string, limit: number, signal?: AbortSignal) =>
        getJson<{ tracks: Track[] }>('/api/search', { q: words, limit }, signal),

    originalUrl: (id: string) => `/api/player/stream/${encodeURIComponent(id)}?enhanced=false`,
};
