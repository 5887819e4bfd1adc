import { effect, signal } from '@preact/signals';
import type { Repeat } from '../lib/queue';

const kStorageKey = 'segue.settings';

/** What the server allows, and the player can do. */
export const kTargetLufs = { least: -23, most: -8 };
export const kCeilingDbtp = { least: -9, most: 0 };
export const kCrossfadeSeconds = { least: 0, most: 12 };
export const kSpeed = { least: 0.5, most: 2 };

interface Stored {
    enhanced: boolean;
    preset: string;
    intensity: number;
    /** The id of a reference; empty: none. */
    reference: string;
    /** 0: the adaptive target, 1: the reference. */
    blend: number;
    /** Null: as the preset, or the server, says. */
    targetLufs: number | null;
    ceilingDbtp: number | null;
    volume: number;
    muted: boolean;
    /** From one track into the next; 0: none, and no gap either. */
    crossfadeSeconds: number;
    speed: number;
    repeat: Repeat;
    shuffle: boolean;
    /** Whether the server renders the beginning of what comes next while something plays. */
    prefetch: boolean;
}

const kDefaults: Stored = {
    enhanced: true,
    preset: 'adaptive',
    intensity: 1,
    reference: '',
    blend: 1,
    targetLufs: null,
    ceilingDbtp: null,
    volume: 0.9,
    muted: false,
    crossfadeSeconds: 0,
    speed: 1,
    repeat: 'off',
    shuffle: false,
    prefetch: true,
};

interface Range {
    least: number;
    most: number;
}
const kShare: Range = { least: 0, most: 1 };

function within<T>(value: unknown, { least, most }: Range, otherwise: T): number | T {
    return typeof value === 'number' && value >= least && value <= most ? value : otherwise;
}

function truth(value: unknown, otherwise: boolean): boolean {
    return typeof value === 'boolean' ? value : otherwise;
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], otherwise: T): T {
    return allowed.find((each) => each === value) ?? otherwise;
}

function name(value: unknown, pattern: RegExp, otherwise: string): string {
    return typeof value === 'string' && pattern.test(value) ? value : otherwise;
}

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
        enhanced: truth(raw.enhanced, kDefaults.enhanced),
        preset: name(raw.preset, /^[a-z][a-z0-9-]{0,63}$/, kDefaults.preset),
        intensity: within(raw.intensity, kShare, kDefaults.intensity),
        reference: name(raw.reference, /^[0-9A-Za-z-]{0,64}$/, kDefaults.reference),
        blend: within(raw.blend, kShare, kDefaults.blend),
        targetLufs: within(raw.targetLufs, kTargetLufs, kDefaults.targetLufs),
        ceilingDbtp: within(raw.ceilingDbtp, kCeilingDbtp, kDefaults.ceilingDbtp),
        volume: within(raw.volume, kShare, kDefaults.volume),
        muted: truth(raw.muted, kDefaults.muted),
        crossfadeSeconds: within(
            raw.crossfadeSeconds,
            kCrossfadeSeconds,
            kDefaults.crossfadeSeconds,
        ),
        speed: within(raw.speed, kSpeed, kDefaults.speed),
        repeat: oneOf(raw.repeat, ['off', 'all', 'one'], kDefaults.repeat),
        shuffle: truth(raw.shuffle, kDefaults.shuffle),
        prefetch: truth(raw.prefetch, kDefaults.prefetch),
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
export const reference = signal(stored.reference);
export const blend = signal(stored.blend);
export const targetLufs = signal(stored.targetLufs);
export const ceilingDbtp = signal(stored.ceilingDbtp);
/** Of the presets: counts those that were changed since the page was opened. Not kept. */
export const edition = signal(0);
export const volume = signal(stored.volume);
export const muted = signal(stored.muted);
export const crossfadeSeconds = signal(stored.crossfadeSeconds);
export const speed = signal(stored.speed);
export const repeat = signal<Repeat>(stored.repeat);
export const shuffle = signal(stored.shuffle);
export const prefetch = signal(stored.prefetch);

export function rememberSettings(): void {
    let kept = JSON.stringify(stored);
    effect(() => {
        const now: Stored = {
            enhanced: enhanced.value,
            preset: preset.value,
            intensity: intensity.value,
            reference: reference.value,
            blend: blend.value,
            targetLufs: targetLufs.value,
            ceilingDbtp: ceilingDbtp.value,
            volume: volume.value,
            muted: muted.value,
            crossfadeSeconds: crossfadeSeconds.value,
            speed: speed.value,
            repeat: repeat.value,
            shuffle: shuffle.value,
            prefetch: prefetch.value,
        };
        const text = JSON.stringify(now);
        if (text === kept) return;
        kept = text;
        try {
            localStorage.setItem(kStorageKey, text);
        } catch {
            // Private windows may refuse; the settings then live as long as the page.
        }
    });
}
