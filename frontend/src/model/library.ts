import { computed, effect, signal } from '@preact/signals';
import { api, Unreachable } from '../api/client';
import type { Health, Preset, Track } from '../api/types';
import { backoffMs } from '../lib/backoff';
import { rowsOf } from '../lib/rows';
import { order } from './settings';

const kFirstPage = 200;
const kPage = 1000;
const kSearchDelayMs = 160;
const kHealthIdleMs = 30_000;
const kHealthBusyMs = 1000;
const kHealthPendingMs = 5000;
const kReloadWhileScanningMs = 3000;

export type Status = 'loading' | 'ready' | 'unreachable';

export const search = signal('');
export const tracks = signal<readonly Track[]>([]);
export const total = signal(0);
export const status = signal<Status>('loading');
/** The search that `tracks` answers, which trails the one being typed. */
export const answeredSearch = signal('');
export const health = signal<Health | undefined>(undefined);
export const presets = signal<Preset[]>([]);

export const rows = computed(() => rowsOf(tracks.value, order.value));
export const rowTrackIds = computed(() =>
    rows.value.flatMap((row) => (row.kind === 'track' ? [row.track.id] : [])),
);
export const scanning = computed(() => health.value?.scan?.running ?? false);

const known = computed(() => new Map(tracks.value.map((track) => [track.id, track])));
/** Tracks that a search hid from the list but that the queue still names. */
const seen = new Map<string, Track>();

export function knownTrack(id: string): Track | undefined {
    return known.value.get(id) ?? seen.get(id);
}

export async function findTrack(id: string): Promise<Track> {
    return knownTrack(id) ?? api.track(id);
}

export function markMissing(id: string): void {
    tracks.value = tracks.value.map((track) =>
        track.id === id ? { ...track, missing: true } : track,
    );
    const hidden = seen.get(id);
    if (hidden) seen.set(id, { ...hidden, missing: true });
}

let loading: AbortController | undefined;
let retryTimer: ReturnType<typeof setTimeout> | undefined;

/** Reads the whole list page by page; what is shown stays until the first page is there. */
async function load(words: string, attempt = 0): Promise<void> {
    loading?.abort();
    clearTimeout(retryTimer);
    const { signal: aborted } = (loading = new AbortController());
    try {
        let page = await api.tracks({ limit: kFirstPage, search: words }, aborted);
        const all = page.tracks;
        const fresh = answeredSearch.value !== words || tracks.value.length === 0;
        if (fresh || page.next === null) show(all, page.total, words);
        while (page.next !== null && page.tracks.length > 0) {
            page = await api.tracks({ limit: kPage, after: page.next, search: words }, aborted);
            all.push(...page.tracks);
        }
        show(all, page.total, words);
    } catch (error) {
        if (aborted.aborted) return;
        if (error instanceof Unreachable || tracks.value.length === 0) status.value = 'unreachable';
        retryTimer = setTimeout(() => void load(words, attempt + 1), backoffMs(attempt));
    }
}

function show(all: readonly Track[], count: number, words: string): void {
    for (const track of tracks.value) seen.set(track.id, track);
    tracks.value = all.slice();
    total.value = count;
    answeredSearch.value = words;
    status.value = 'ready';
}

async function loadPresets(attempt = 0): Promise<void> {
    try {
        presets.value = (await api.presets()).presets;
    } catch {
        setTimeout(() => void loadPresets(attempt + 1), backoffMs(attempt));
    }
}

let healthTimer: ReturnType<typeof setTimeout> | undefined;
let reloadedAt = 0;

async function watchHealth(): Promise<void> {
    clearTimeout(healthTimer);
    const wasScanning = scanning.value;
    try {
        health.value = await api.health();
    } catch {
        // The list and the player say that the server is away.
    }
    const now = Date.now();
    const finished = wasScanning && !scanning.value;
    if (finished || (scanning.value && now - reloadedAt > kReloadWhileScanningMs)) {
        reloadedAt = now;
        void load(search.value.trim());
    }
    if (document.hidden) return;
    const pending = (health.value?.analysis?.pending ?? 0) > 0;
    const wait = scanning.value ? kHealthBusyMs : pending ? kHealthPendingMs : kHealthIdleMs;
    healthTimer = setTimeout(() => void watchHealth(), wait);
}

export function startLibrary(): void {
    reloadedAt = Date.now();
    void load('');
    void loadPresets();
    void watchHealth();
    document.addEventListener('visibilitychange', () => {
        if (!document.hidden) void watchHealth();
    });

    let timer: ReturnType<typeof setTimeout> | undefined;
    let first = true;
    effect(() => {
        const words = search.value.trim();
        clearTimeout(timer);
        if (first) {
            first = false;
            return;
        }
        timer = setTimeout(() => void load(words), words ? kSearchDelayMs : 0);
    });
}
