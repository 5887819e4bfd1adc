import { batch, signal } from '@preact/signals';
import type { Ask, Piece } from '../api/catalog';
import { backoffMs } from './backoff';

const kPieceRows = 200;
/** Rows that are loaded beyond those that are to be seen. */
const kAheadRows = 60;
/** A gap up to so many rows is read through; over a longer one is stepped. */
const kReadThroughRows = 2 * kPieceRows;

export type Load<T> = (ask: Ask, signal: AbortSignal) => Promise<Piece<T>>;

export type ListStatus = 'loading' | 'ready' | 'failed';

/**
 * A list of the server of which those rows are loaded that are looked at. It goes on from cursor to
 * cursor; where the list can be entered in its middle, a far jump is one request too. Rows that are
 * not there yet are undefined.
 */
export class PagedList<T> {
    /** Rows, loaded or not; grows while the server has not told how many there are. */
    readonly count = signal(0);
    readonly status = signal<ListStatus>('loading');
    /** Grows with every piece: who shows rows reads it. */
    readonly revision = signal(0);
    /** Whether `count` is final. */
    exact = false;
    /** Whether the server has said how many there are; it then knows `skip` as well. */
    private counted = false;

    private readonly rows: (T | undefined)[] = [];
    /** Where a piece can begin: the row, and the cursor that leads to it. */
    private readonly starts = new Map<number, string | undefined>([[0, undefined]]);
    private wanted = { begin: 0, end: kPieceRows };
    private running: Promise<void> | undefined;
    private readonly stop = new AbortController();
    private attempt = 0;
    private timer: ReturnType<typeof setTimeout> | undefined;

    /** @param canSkip  whether `load` understands `skip` and `count` */
    constructor(
        private readonly load: Load<T>,
        private readonly canSkip: boolean,
    ) {}

    /** A list of rows that are all there already. */
    static of<T>(rows: readonly T[]): PagedList<T> {
        const list = new PagedList<T>(() => Promise.resolve({ items: [], next: null }), false);
        list.put(0, { items: rows.slice(), next: null });
        return list;
    }

    at(index: number): T | undefined {
        return this.rows[index];
    }

    /** What is loaded of [begin, end), up to the first gap. */
    loaded(begin: number, end: number): T[] {
        const found: T[] = [];
        for (let i = begin; i < end; i++) {
            const row = this.rows[i];
            if (row === undefined) break;
            found.push(row);
        }
        return found;
    }

    /** Says which rows are to be seen. Only the newest wish counts. */
    need(begin: number, end: number): void {
        this.wanted = { begin: Math.max(0, begin), end: end + kAheadRows };
        this.go();
    }

    /** Loads [begin, end) as far as the list goes. @errors of `load` */
    async take(begin: number, end: number): Promise<T[]> {
        for (;;) {
            await this.running;
            const gap = this.gap(begin, end);
            if (gap === undefined) return this.loaded(begin, Math.min(end, this.count.peek()));
            await this.fetchAt(gap);
        }
    }

    /** Exchanges rows in place: what the listener changed is shown before the server has answered. */
    replace(change: (rows: (T | undefined)[]) => (T | undefined)[]): void {
        const rows = change(this.rows.slice());
        this.count.value += rows.length - this.rows.length;
        this.rows.splice(0, this.rows.length, ...rows);
        this.revision.value++;
    }

    /** Nothing is loaded any more; who asked is not answered. */
    close(): void {
        this.stop.abort();
        clearTimeout(this.timer);
    }

    private gap(begin: number, end: number): number | undefined {
        const last = this.exact ? Math.min(end, this.count.peek()) : end;
        for (let i = begin; i < last; i++) if (this.rows[i] === undefined) return i;
        return undefined;
    }

    private go(): void {
        if (this.running || this.stop.signal.aborted || this.timer !== undefined) return;
        const gap = this.gap(this.wanted.begin, this.wanted.end);
        if (gap === undefined) return;
        this.fetchAt(gap).then(
            () => this.go(),
            () => {
                if (this.stop.signal.aborted) return;
                if (this.rows.length === 0) this.status.value = 'failed';
                this.timer = setTimeout(() => {
                    this.timer = undefined;
                    this.go();
                }, backoffMs(this.attempt++));
            },
        );
    }

    private fetchAt(index: number): Promise<void> {
        const done = this.fetchPiece(index).finally(() => (this.running = undefined));
        this.running = done.catch(() => {});
        return done;
    }

    private async fetchPiece(index: number): Promise<void> {
        let start = 0;
        for (const known of this.starts.keys()) if (known <= index && known > start) start = known;
        const ask: Ask = { limit: kPieceRows };
        if (this.counted && index - start > kReadThroughRows) {
            start = index - (index % kPieceRows);
            ask.skip = start;
        } else {
            ask.after = this.starts.get(start);
        }
        if (this.canSkip && !this.exact && ask.after === undefined && !ask.skip) ask.count = true;
        const piece = await this.load(ask, this.stop.signal);
        this.attempt = 0;
        batch(() => this.put(start, piece));
    }

    private put(start: number, piece: Piece<T>): void {
        piece.items.forEach((item, i) => (this.rows[start + i] = item));
        const end = start + piece.items.length;
        if (piece.next === null) {
            this.count.value = end;
            this.exact = true;
        } else {
            this.starts.set(end, piece.next);
            if (piece.matching !== undefined) {
                this.count.value = piece.matching;
                this.exact = true;
                this.counted = true;
            } else if (!this.exact) {
                this.count.value = Math.max(this.count.peek(), end + kPieceRows);
            }
        }
        this.status.value = 'ready';
        this.revision.value++;
    }
}
