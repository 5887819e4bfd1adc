import { effect, signal } from '@preact/signals';
import type { SortOrder } from '../lib/rows';

const kStorageKey = 'segue.settings';

interface Stored {
    enhanced: boolean;
    preset: string;
    intensity: number;
    volume: number;
    muted: boolean;
    order: SortOrder;
}

const kDefaults: Stored = {
    enhanced: true,
    preset: 'adaptive',
    intensity: 1,
    volume: 0.9,
    muted: false,
    order: 'albums',
};

const share = (value: unknown, otherwise: number) =>
    typeof value === 'number' && value >= 0 && value <= 1 ? value : otherwise;

/** What another version stored, or somebody edited, is taken field by field where it makes sense. */
export function settingsOf(text: string | null): Stored {
    let raw: Partial<Record<keyof Stored, unknown>> = {};
    try {
        const parsed: unknown = JSON.parse(text ?? '{}');
        if (typeof parsed === 'object' && parsed !== null) raw = parsed;
    } catch {
        // Unreadable: the defaults.
    }
    return {
        enhanced: typeof raw.enhanced === 'boolean' ? raw.enhanced : kDefaults.enhanced,
        preset:
            typeof raw.preset === 'string' && /^[a-z][a-z0-9-]{0,63}$/.test(raw.preset)
                ? raw.preset
                : kDefaults.preset,
        intensity: share(raw.intensity, kDefaults.intensity),
        volume: share(raw.volume, kDefaults.volume),
        muted: typeof raw.muted === 'boolean' ? raw.muted : kDefaults.muted,
        order:
            raw.order === 'artists' || raw.order === 'titles' || raw.order === 'albums'
                ? raw.order
                : kDefaults.order,
    };
}

function readStored(): string | null {
    try {
        return localStorage.getItem(kStorageKey);
    } catch {
        return null;
    }
}

const stored = settingsOf(readStored());

export const enhanced = signal(stored.enhanced);
export const preset = signal(stored.preset);
export const intensity = signal(stored.intensity);
export const volume = signal(stored.volume);
export const muted = signal(stored.muted);
export const order = signal<SortOrder>(stored.order);

export function rememberSettings(): void {
    effect(() => {
        const now: Stored = {
            enhanced: enhanced.value,
            preset: preset.value,
            intensity: intensity.value,
            volume: volume.value,
            muted: muted.value,
            order: order.value,
        };
        try {
            localStorage.setItem(kStorageKey, JSON.stringify(now));
        } catch {
            // Private windows may refuse; the settings then live as long as the page.
        }
    });
}
