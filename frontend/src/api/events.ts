import { signal } from '@preact/signals';
import { backoffMs } from '../lib/backoff';

/**
 * What happens in the server, on one connection that the whole page shares. It opens with the first
 * listener. A page that nobody sees gives it back after a while: browsers open six to a host, for
 * all tabs together. After a gap of any kind `onGap` listeners hear that they have to ask anew.
 */
type Listener = (data: unknown) => void;

/** How long a hidden page keeps its connection. */
const kHiddenMs = 10_000;

/** Whether changes are told; while they are not, whoever shows something has to ask for it. */
export const live = signal(false);

const listeners = new Map<string, Set<Listener>>();
const gapListeners = new Set<() => void>();
let source: EventSource | undefined;
let attempt = 0;
let opened = false;
let retryTimer: ReturnType<typeof setTimeout> | undefined;
let hiddenTimer: ReturnType<typeof setTimeout> | undefined;

/** @return ends it */
export function onEvent<T>(name: string, listener: (data: T) => void): () => void {
    const set = listeners.get(name) ?? new Set<Listener>();
    const isNew = !listeners.has(name);
    listeners.set(name, set);
    set.add(listener as Listener);
    if (isNew && source) listenFor(source, name);
    connect();
    return () => set.delete(listener as Listener);
}

/** Called when events may have been missed. @return ends it */
export function onGap(listener: () => void): () => void {
    gapListeners.add(listener);
    connect();
    return () => gapListeners.delete(listener);
}

function tellGap(): void {
    for (const listener of gapListeners) listener();
}

function listenFor(to: EventSource, name: string): void {
    to.addEventListener(name, (event) => {
        let data: unknown;
        try {
            data = JSON.parse((event as MessageEvent<string>).data);
        } catch {
            return; // Of a newer server, perhaps; what is shown stays.
        }
        for (const listener of listeners.get(name) ?? []) listener(data);
    });
}

function connect(): void {
    if (source || document.hidden) return;
    clearTimeout(retryTimer);
    const opening = new EventSource('/api/events');
    source = opening;
    for (const name of listeners.keys()) listenFor(opening, name);
    opening.addEventListener('reset', tellGap);
    opening.onopen = () => {
        attempt = 0;
        live.value = true;
        if (opened) tellGap();
        opened = true;
    };
    opening.onerror = () => {
        live.value = false;
        if (opening.readyState !== EventSource.CLOSED || source !== opening) return;
        source = undefined;
        retryTimer = setTimeout(connect, backoffMs(attempt++));
    };
}

function disconnect(): void {
    clearTimeout(retryTimer);
    source?.close();
    source = undefined;
    live.value = false;
}

if (typeof document !== 'undefined') {
    document.addEventListener('visibilitychange', () => {
        clearTimeout(hiddenTimer);
        if (document.hidden) hiddenTimer = setTimeout(disconnect, kHiddenMs);
        else if (listeners.size > 0 || gapListeners.size > 0) connect();
    });
}
