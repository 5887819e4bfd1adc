import { useSignal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';

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
/** What is to be drawn, and what is not to be seen. */
const waiting = { seen: [] as (() => void)[], unseen: [] as (() => void)[] };
const hasMore = () => waiting.seen.length + waiting.unseen.length > 0;

function whenIdle(act: () => void): void {
    if ('requestIdleCallback' in window) requestIdleCallback(act, { timeout: kMostMs });
    else setTimeout(act, kUsualMs);
}

function goOn(): void {
    if (scheduled || (loading > 0 && !isLate)) return;
    if (!hasMore()) return;
    scheduled = true;
    whenIdle(() => {
        scheduled = false;
        if (loading > 0 && !isLate) return;
        (waiting.seen.shift() ?? waiting.unseen.shift())?.();
        isOver ||= !hasMore();
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

function add(act: () => void, to: (() => void)[]): void {
    if (!hasMore() && !isOver && !isLate)
        setTimeout(() => {
            isLate = true;
            goOn();
        }, kMostMs);
    to.push(act);
    goOn();
}

/** Calls `act` when the page is quiet, after all that is to be drawn. */
export function whenQuiet(act: () => void): void {
    add(act, waiting.unseen);
}

/** Whether what can wait is to be drawn; at once on every page but the first. */
export function useQuiet(): boolean {
    const quiet = useSignal(isOver);
    useLayoutEffect(() => {
        if (!quiet.peek()) add(() => (quiet.value = true), waiting.seen);
    }, []);
    return quiet.value;
}
