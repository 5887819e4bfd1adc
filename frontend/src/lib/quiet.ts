import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/**
 * What a page is opened for goes first. Everything else (meters, the bell for events, what the
 * server is busy with) waits until nothing is on its way that is to be seen and the browser has
 * time, and then comes one after the other, so that a key is answered in between.
 */

/** A server that takes longer holds nothing up any more. */
const kMostMs = 2500;
/** Where the browser does not tell when it has time. */
const kUsualMs = 50;

let loading = 0;
let scheduled = false;
let isLate = false;
/** Nothing waits any more: the page that was opened is whole. */
let isOver = false;
const waiting: (() => void)[] = [];

function whenIdle(act: () => void): void {
    if ('requestIdleCallback' in window) requestIdleCallback(act, { timeout: kMostMs });
    else setTimeout(act, kUsualMs);
}

function goOn(): void {
    if (scheduled || (loading > 0 && !isLate)) return;
    if (waiting.length === 0) return;
    scheduled = true;
    whenIdle(() => {
        scheduled = false;
        if (loading > 0 && !isLate) return;
        waiting.shift()?.();
        isOver ||= waiting.length === 0;
        goOn();
    });
}

/** Something is on its way that is to be seen. @return `work` */
export function whileLoading<T>(work: Promise<T>): Promise<T> {
    loading++;
    const end = () => {
        loading--;
        goOn();
    };
    work.then(end, end);
    return work;
}

/** Calls `act` when the page is quiet; those that came before it come first. */
export function whenQuiet(act: () => void): void {
    if (waiting.length === 0 && !isOver && !isLate)
        setTimeout(() => {
            isLate = true;
            goOn();
        }, kMostMs);
    waiting.push(act);
    goOn();
}

/** Whether what can wait is to be drawn; at once on every page but the first. */
export function useQuiet(): boolean {
    const quiet = useSignal(isOver);
    useEffect(() => {
        if (!quiet.peek()) whenQuiet(() => (quiet.value = true));
    }, []);
    return quiet.value;
}
