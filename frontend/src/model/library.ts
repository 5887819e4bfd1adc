import { computed, signal } from '@preact/signals';
import { api } from '../api/client';
import { live } from '../api/events';
import type { Health, Preset, ScanStatus } from '../api/types';
import { backoffMs } from '../lib/backoff';
import { refreshLists } from './lists';

export { findTrack, knownTrack, markMissing } from './tracks';

const kHealthIdleMs = 30_000;
/** Nobody tells that a scan has begun. */
const kHealthIdleWithoutEventsMs = 10_000;
const kHealthBusyMs = 1000;
const kHealthPendingMs = 5000;
const kReloadWhileScanningMs = 3000;

export const health = signal<Health | undefined>(undefined);
/** The server did not answer when it was asked last. */
export const unreachable = signal(false);
export const presets = signal<Preset[]>([]);
export const scanning = computed(() => health.value?.scan.running ?? false);

async function askForPresets(attempt = 0): Promise<void> {
    try {
        presets.value = (await api.presets()).presets;
    } catch {
        setTimeout(() => void askForPresets(attempt + 1), backoffMs(attempt));
    }
}

let presetsAsked: Promise<void> | undefined;

/** Asks for the presets, once. @return when the server has answered, or has not */
export function loadPresets(): Promise<void> {
    presetsAsked ??= askForPresets();
    return presetsAsked;
}

let healthTimer: ReturnType<typeof setTimeout> | undefined;
let reloadedAt = 0;

/** Whether lists may be others now: a scan has ended that was seen to run, or that found something. */
function hasFinished(before: Health | undefined, now: Health): boolean {
    if (!before || now.scan.running) return false;
    if (before.scan.running) return true;
    const { endedMs, added, changed, moved, missing } = now.scan;
    return endedMs !== before.scan.endedMs && added + changed + moved + missing > 0;
}

/** Asks how the server is, and again after a while for as long as the page is seen. */
export async function askHealth(): Promise<void> {
    clearTimeout(healthTimer);
    const before = health.peek();
    const wasAway = unreachable.peek();
    let finished = false;
    try {
        const answer = await api.health();
        finished = hasFinished(before, answer);
        health.value = answer;
        unreachable.value = false;
    } catch {
        unreachable.value = true;
    }
    const now = Date.now();
    if (finished || wasAway || (scanning.peek() && now - reloadedAt > kReloadWhileScanningMs)) {
        reloadedAt = now;
        if (!unreachable.peek()) refreshLists();
    }
    // Another question may have been asked meanwhile.
    clearTimeout(healthTimer);
    if (document.hidden) return;
    const pending = (health.peek()?.analysis.pending ?? 0) > 0;
    const busy = scanning.peek() || unreachable.peek();
    const idleMs = live.peek() ? kHealthIdleMs : kHealthIdleWithoutEventsMs;
    const wait = busy ? kHealthBusyMs : pending ? kHealthPendingMs : idleMs;
    healthTimer = setTimeout(() => void askHealth(), wait);
}

/** What the server tells of a scan by itself; one that has ended has changed more than this. */
export function noteScan(scan: ScanStatus): void {
    const before = health.peek();
    if (before && scan.running) health.value = { ...before, scan };
    else void askHealth();
}

export function startLibrary(): void {
    reloadedAt = Date.now();
    void loadPresets();
    void askHealth();
    document.addEventListener('visibilitychange', () => {
        if (!document.hidden) void askHealth();
    });
}
