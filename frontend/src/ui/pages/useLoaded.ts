import { useSignal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';
import { ApiError } from '../../api/client';
import { unreachable } from '../../model/library';
import { listsVersion } from '../../model/lists';

export interface Loaded<T> {
    value: T | undefined;
    /** Why there is nothing: it is not there, or the server is away. */
    failure: 'absent' | 'away' | undefined;
}

/** Asks for something when `key` changes, and again when lists are forgotten or the server is back. */
export function useLoaded<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
    const state = useSignal<Loaded<T> & { key: string }>({
        key: '',
        value: undefined,
        failure: undefined,
    });
    const version = `${listsVersion.value}${unreachable.value}`;
    // Before the page is painted, so that the answer is on its way meanwhile.
    useLayoutEffect(() => {
        const stop = new AbortController();
        load(stop.signal).then(
            (value) => (state.value = { key, value, failure: undefined }),
            (error: unknown) => {
                if (stop.signal.aborted) return;
                const absent = error instanceof ApiError && error.status < 500;
                const before = state.peek();
                if (before.key === key && before.value !== undefined && !absent) return;
                state.value = { key, value: undefined, failure: absent ? 'absent' : 'away' };
            },
        );
        return () => stop.abort();
    }, [key, version]);
    return state.value.key === key ? state.value : { value: undefined, failure: undefined };
}
