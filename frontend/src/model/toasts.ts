import { signal } from '@preact/signals';

export interface Toast {
    id: number;
    text: string;
    kind: 'note' | 'error';
}

const kShownMs = 6000;
const kMostAtOnce = 3;

export const toasts = signal<Toast[]>([]);
let nextId = 1;

/** Shows a message for a while; the same words are not shown twice at once. */
export function toast(text: string, kind: Toast['kind'] = 'note'): void {
    const id = showUntilDismissed(text, kind);
    setTimeout(() => dismiss(id), kShownMs);
}

/** @return the id to dismiss it by */
export function showUntilDismissed(text: string, kind: Toast['kind'] = 'note'): number {
    const id = nextId++;
    const others = toasts.value.filter((shown) => shown.text !== text);
    toasts.value = [...others, { id, text, kind }].slice(-kMostAtOnce);
    return id;
}

export function dismiss(id: number): void {
    if (toasts.value.some((shown) => shown.id === id)) {
        toasts.value = toasts.value.filter((shown) => shown.id !== id);
    }
}
