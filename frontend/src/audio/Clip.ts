import type { Track } from '../api/types';
import { Grains } from '../lib/stretch';
import { Fader } from './Fader';
import type { Line } from './Line';
import type { Output } from './Output';

/** Where sound begins or ends in the middle of the music. */
export const kEdgeSeconds = 0.012;
/** A crossfade's curves are drawn in so many lines. */
const kCurvePoints = 24;

/**
 * A stretch of one track on the context's clock: from frame `from` on, which sounds at the
 * context's frame `at`. Its lines are the voices it can be heard in, one of which is. A jump or
 * another speed makes a new clip.
 */
export class Clip {
    /** Nothing while it waits for its first frames. */
    at: number | undefined;
    /** The line that is heard; nothing before it begins. */
    heard: Line | undefined;
    /** By address. */
    readonly lines = new Map<string, Line>();
    readonly grains: Grains | undefined;
    /** Where lines go in. */
    readonly edge: GainNode;
    private readonly cross: GainNode;
    private readonly edgeFader: Fader;
    private readonly crossFader: Fader;
    private guarded = false;
    private crossBegin: number | undefined;
    /** Addresses that failed, so that nobody asks again and again. */
    readonly refused = new Set<string>();

    /**
     * @param from  frames at the context's rate
     * @param softly  whether it begins in the middle of music, and is faded in
     */
    constructor(
        readonly track: Track,
        private readonly output: Output,
        public from: number,
        readonly speed: number,
        private softly: boolean,
    ) {
        this.edge = output.context.createGain();
        this.cross = output.context.createGain();
        this.edgeFader = new Fader(this.edge.gain, 1);
        this.crossFader = new Fader(this.cross.gain, 1);
        this.edge.connect(this.cross).connect(output.mix);
        if (speed !== 1) this.grains = new Grains(output.rateHz, speed, from);
    }

    /** The track's length at the context's rate, once a stream has told it. */
    get total(): number | undefined {
        for (const { store } of this.lines.values())
            if (store.total !== undefined) return store.total;
        return undefined;
    }

    /** The context's frame behind the last. */
    get end(): number | undefined {
        const { total } = this;
        if (this.at === undefined || total === undefined) return undefined;
        return this.at + Math.ceil((total - this.from) / this.speed);
    }

    /** The track's frame that sounds at a frame of the context. */
    frameAt(contextFrame: number): number {
        if (this.at === undefined) return this.from;
        const frame = this.from + Math.floor((contextFrame - this.at) * this.speed);
        return Math.max(this.from, Math.min(frame, this.total ?? frame));
    }

    /** Begins at a frame of the context, with the line that is to be heard. */
    place(at: number, line: Line): void {
        const { rateHz } = this.output;
        this.at = at;
        this.guarded = false;
        this.heard = line;
        for (const each of this.lines.values()) each.fader.set(each === line ? 1 : 0);
        if (this.softly) {
            this.edgeFader.set(0);
            this.edgeFader.ramp(this.output.context.currentTime, at / rateHz, kEdgeSeconds, 1);
        } else {
            this.edgeFader.set(1);
        }
    }

    /** Waits again, to go on at `from` when there is something to go on with. */
    unplace(from: number): void {
        for (const line of this.lines.values()) line.unlay();
        this.softly ||= from !== this.from;
        this.from = from;
        this.at = undefined;
        this.heard = undefined;
        this.uncross();
    }

    /**
     * Has the sound fade where the frames end that are there, in case no more come in time; takes
     * that back when they have come.
     */
    guard(laidEnd: number | undefined): void {
        if (laidEnd === undefined && !this.guarded) return;
        const { context, rateHz } = this.output;
        const now = context.currentTime;
        const from = Math.max(this.output.soon / rateHz, this.risesUntil());
        const points = [{ at: from + kEdgeSeconds, level: 1 }];
        if (laidEnd !== undefined) {
            const end = laidEnd / rateHz;
            if (end - kEdgeSeconds > from + kEdgeSeconds)
                points.push({ at: end - kEdgeSeconds, level: 1 });
            points.push({ at: Math.max(end, from + 2 * kEdgeSeconds), level: 0 });
        }
        this.edgeFader.plan(now, from, points);
        this.guarded = laidEnd !== undefined;
    }

    private risesUntil(): number {
        return this.softly && this.at !== undefined
            ? this.at / this.output.rateHz + kEdgeSeconds
            : 0;
    }

    /** Frames [begin, end) of the context: in or out, at equal power, for other music crosses it. */
    crossfade(begin: number, end: number, direction: 'in' | 'out'): void {
        if (this.crossBegin === begin) return;
        this.crossBegin = begin;
        const { context, rateHz } = this.output;
        const points = Array.from({ length: kCurvePoints + 1 }, (_, i) => {
            const share = i / kCurvePoints;
            const angle = (Math.PI / 2) * (direction === 'in' ? share : 1 - share);
            return { at: (begin + share * (end - begin)) / rateHz, level: Math.sin(angle) };
        });
        if (direction === 'in') this.crossFader.set(0);
        this.crossFader.plan(context.currentTime, begin / rateHz, points);
    }

    uncross(): void {
        if (this.crossBegin === undefined) return;
        this.crossBegin = undefined;
        this.crossFader.ramp(
            this.output.context.currentTime,
            this.output.soon / this.output.rateHz,
            kEdgeSeconds,
            1,
        );
    }

    /** Fades out, then lets go of everything. @param kept  stores that another clip goes on with */
    retire(kept: ReadonlySet<unknown> = new Set()): void {
        const { context, rateHz, soon, now } = this.output;
        for (const { store } of this.lines.values()) if (!kept.has(store)) store.close();
        this.edgeFader.ramp(context.currentTime, soon / rateHz, kEdgeSeconds, 0);
        const silentMs = 1000 * ((soon - now) / rateHz + kEdgeSeconds) + 50;
        // A clock that stands does not get there; then nobody hears it either.
        setTimeout(() => this.dispose(kept), silentMs);
    }

    /** At once; for what is not heard. */
    dispose(kept: ReadonlySet<unknown> = new Set()): void {
        for (const line of this.lines.values()) {
            if (!kept.has(line.store)) line.store.close();
            line.dispose();
        }
        this.lines.clear();
        this.edge.disconnect();
        this.cross.disconnect();
    }
}
