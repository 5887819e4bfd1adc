import { computed, signal } from '@preact/signals';
import { api } from '../api/client';
import type { Health, Preset } from '../api/types';
import { backoffMs } from '../lib/backoff';
import { refreshLists } from './lists';

export { findTrack, knownTrack, markMissing } from './tracks';

const kHealthIdleMs = 30_000;
const kHealthBusyMs = 1000;
const kHealthPendingMs = 5000;
const kReloadWhileScanningMs = 3000;

export const health = signal<Health | undefined>(undefined);
/** The server did not answer when it was asked last. */
export const unreachable = signal(false);
export const presets = signal<Preset[]>([]);
export const scanning = computed(() => health.value?.scan?.running ?? false);

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
    const wasAway = unreachable.peek();
    try {
        health.value = await api.health();
        unreachable.value = false;
    } catch {
        unreachable.value = true;
    }
    const now = Date.now();
    const finished = wasScanning && !scanning.value;
    if (finished || wasAway || (scanning.value && now - reloadedAt > kReloadWhileScanningMs)) {
        reloadedAt = now;
        if (!unreachable.peek()) refreshLists();
    }
    if (document.hidden) return;
    const pending = (health.value?.analysis?.pending ?? 0) > 0;
    const busy = scanning.value || unreachable.peek();
    const wait = busy ? kHealthBusyMs : pending ? kHealthPendingMs : kHealthIdleMs;
    healthTimer = setTimeout(() => void watchHealth(), wait);
}

export function startLibrary(): void {
    reloadedAt = Date.now();
    void loadPresets();
    void watchHealth();
    document.addEventListener('visibilitychange', () => {
        if (!document.hidden) void watchHealth();
    });
}
