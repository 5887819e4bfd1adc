import { apiErrorOf, ApiError } from '../api/client';
import type { Track } from '../api/types';
import { backoffMs, retryAfterMs } from '../lib/backoff';
import { Resampler } from '../lib/resample';
import { decodePcm, expectedWav, mixable, parseWavHeader, usualDataOffset, type WavFormat } from '../lib/wav';

/** Data that stays away this long counts as a lost connection. */
const kStallMs = 12_000;
/**
 * A connection that nobody reads from for so long is closed, for browsers have six per server, for
 * all tabs together: paused players in some tabs would leave none for the next.
 */
const kIdleMs = 8000;
/** An answer that is the server's own fault is asked for again so often. */
const kMostFaults = 4;
/** The first block is small, so that sound begins soon; each next one is twice as long. */
const kFirstBlockSeconds = 0.02;
const kLargestBlockSeconds = 0.5;
const kHeaderBytes = 256;

export type VoiceName = 'enhanced' | 'original';

/** PCM as it came from the server, for whoever wants to look at it ahead of the playhead. */
export interface TapBlock {
    trackId: string;
    voice: VoiceName;
    /** Names the stream: another preset is another one. */
    url: string;
    /** Frames of the track, at `sampleRateHz`. */
    startFrame: number;
    /** Not to be written to. */
    channels: readonly Float32Array[];
    sampleRateHz: number;
}
export type Tap = (block: TapBlock) => void;

export interface Block {
    /** In the track, at the context's rate. */
    frame: number;
    buffer: AudioBuffer;
}

export interface Failure {
    kind: 'gone' | 'refused';
    text: string;
}
export type Trouble = 'unreachable' | 'busy';

export interface StoreOptions {
    track: Track;
    voice: VoiceName;
    url: string;
    /** Added to the address when it is fetched. */
    hint: () => string;
    context: BaseAudioContext;
    /** Where to begin, in frames of the context's rate. */
    from: number;
    /** What another stream of this track has found out already. */
    format: WavFormat | undefined;
    tap: Tap;
    /** Something has changed: more frames, trouble, a failure. */
    onChange: () => void;
}

class Broken extends Error {}

/**
 * The frames of one stream around the playhead. It fetches from a frame on by one range request
 * and stops reading when enough is there: the connection then stands still, and with it the
 * server's reading ahead. A connection that breaks is taken up again at the frame where it broke.
 */
export class PcmStore {
    /** Blocks without gaps: frames [begin, end), at the context's rate. */
    readonly blocks: Block[] = [];
    begin: number;
    end: number;
    /** Whether `end` is the track's. */
    isWhole = false;
    format: WavFormat | undefined;
    trouble: Trouble | undefined;
    failure: Failure | undefined;

    private readonly resampler: Resampler | undefined;
    private nextInput: number;
    private wanted: number;
    private wake: (() => void) | undefined;
    private aborter = new AbortController();
    private closed = false;
    private blockSeconds = kFirstBlockSeconds;

    constructor(private readonly options: StoreOptions) {
        const { context, track, from } = options;
        this.begin = this.end = from;
        this.wanted = from + 1;
        this.format = options.format;
        if (track.sampleRateHz !== context.sampleRate)
            this.resampler = new Resampler(track.sampleRateHz, context.sampleRate);
        this.nextInput = this.resampler?.seek(from) ?? from;
        void this.run();
    }

    get url(): string {
        return this.options.url;
    }

    get voice(): VoiceName {
        return this.options.voice;
    }

    /** The track's length at the context's rate; nothing until the stream has begun. */
    get total(): number | undefined {
        if (!this.format) return undefined;
        return this.resampler?.outputFrames(this.format.frames) ?? this.format.frames;
    }

    /** Whether [from, from + count) is there, or all of it that the track has. */
    covers(from: number, count: number): boolean {
        return from >= this.begin && (this.isWhole || this.end >= from + count);
    }

    /** Goes on fetching until this frame. */
    want(until: number): void {
        this.wanted = until;
        if (this.end < until) this.wake?.();
    }

    dropBefore(frame: number): void {
        for (let block = this.blocks[0]; block && this.blocks.length > 1; block = this.blocks[0]) {
            if (block.frame + block.buffer.length > frame) return;
            this.blocks.shift();
            this.begin = this.blocks[0]?.frame ?? this.end;
        }
    }

    /** Frames [frame, frame + count) of every channel, zeros where there are none. */
    read(frame: number, count: number): Float32Array[] {
        const channels = this.blocks[0]?.buffer.numberOfChannels ?? 1;
        const planes = Array.from({ length: channels }, () => new Float32Array(count));
        for (const block of this.blocks) {
            const from = Math.max(frame, block.frame);
            const to = Math.min(frame + count, block.frame + block.buffer.length);
            if (to <= from) continue;
            planes.forEach((plane, channel) => {
                const data = block.buffer.getChannelData(channel);
                plane.set(data.subarray(from - block.frame, to - block.frame), from - frame);
            });
        }
        return planes;
    }

    readMono(frame: number, count: number): Float32Array {
        const [first, ...others] = this.read(frame, count) as [Float32Array, ...Float32Array[]];
        for (const plane of others)
            for (let i = 0; i < count; i++) (first[i] as number) += plane[i] as number;
        return first;
    }

    /** Tries again at once, if it waits to. */
    hurry(): void {
        if (this.trouble) this.wake?.();
    }

    close(): void {
        this.closed = true;
        this.aborter.abort();
        this.wake?.();
    }

    private async run(): Promise<void> {
        let attempt = 0;
        let faults = 0;
        while (!this.closed && !this.isWhole) {
            while (this.hasEnough()) await this.sleep();
            if (this.closed) return;
            const before = this.nextInput;
            let waitMs = 0;
            try {
                await this.pull();
            } catch (error) {
                if (this.closed) return;
                if (this.nextInput > before) attempt = faults = 0;
                if (error instanceof ApiError) {
                    const { status } = error;
                    const isBusy = status === 503 || status === 429;
                    const isPassing = status >= 500 || status === 409;
                    if (!isBusy && (!isPassing || ++faults >= kMostFaults)) {
                        const isGone = status === 404 || status === 410;
                        this.failure = { kind: isGone ? 'gone' : 'refused', text: error.message };
                        this.options.onChange();
                        return;
                    }
                    this.trouble = 'busy';
                    waitMs = retryAfterMs(error.retryAfter, 0);
                } else {
                    this.trouble = 'unreachable';
                }
                this.options.onChange();
                await this.sleep(waitMs || backoffMs(attempt++));
            }
        }
    }

    private hasEnough(): boolean {
        return this.end >= this.wanted && !this.closed;
    }

    /** Reads from `nextInput` on. @throws ApiError, or another Error when the connection breaks */
    private async pull(): Promise<void> {
        const aborter = (this.aborter = new AbortController());
        let watch: ReturnType<typeof setTimeout> | undefined;
        const watched = async <T>(work: Promise<T>): Promise<T> => {
            watch = setTimeout(() => aborter.abort(), kStallMs);
            try {
                return await work;
            } finally {
                clearTimeout(watch);
            }
        };
        const ask = async (first: number, last: number | '') => {
            const response = await watched(
                // Outside of the browser's cache, which lets two requests for one address wait for
                // each other, and would keep a copy of everything that is played.
                fetch(this.url + this.options.hint(), {
                    headers: { range: `bytes=${first}-${last}` },
                    cache: 'no-store',
                    signal: aborter.signal,
                }),
            );
            if (!response.ok) throw await apiErrorOf(response);
            if (response.status !== 206 || !response.body) throw new Broken('not the range');
            return response;
        };
        const { track } = this.options;
        const known = this.format;
        const frameBytes = known ? known.channels * known.bytesPerSample : 2 * track.channels;
        const dataOffset = known?.dataOffset ?? usualDataOffset(track.channels);
        const fromHeader = !known && this.nextInput === 0;
        const response = await ask(fromHeader ? 0 : dataOffset + this.nextInput * frameBytes, '');
        if (!known && !fromHeader) {
            const total = Number(response.headers.get('content-range')?.split('/')[1]);
            const { channels, sampleRateHz, durationSeconds } = track;
            const expected = expectedWav(channels, sampleRateHz, durationSeconds, total);
            if (expected?.dataOffset === dataOffset) {
                this.format = expected;
            } else {
                await response.body?.cancel();
                const head = await (await ask(0, kHeaderBytes - 1)).arrayBuffer();
                this.format = parseWavHeader(new Uint8Array(head));
                if (!this.format) throw new Broken('no header');
                return;
            }
        }
        const reader = (response.body as ReadableStream<Uint8Array>).getReader();
        let pending = new Uint8Array(0);
        for (;;) {
            while (this.hasEnough()) {
                const asleep = performance.now();
                await this.sleep(kIdleMs);
                if (this.hasEnough() && performance.now() - asleep >= kIdleMs) {
                    aborter.abort();
                    return;
                }
            }
            if (this.closed) return;
            const { done, value } = await watched(reader.read());
            if (value) pending = joined(pending, value);
            if (!this.format && pending.length > 0) {
                this.format = parseWavHeader(pending);
                if (this.format) pending = pending.slice(this.format.dataOffset);
            }
            pending = this.take(pending, done);
            if (this.isWhole || this.closed) {
                aborter.abort();
                return;
            }
            if (done) throw new Broken('the stream ended early');
        }
    }

    /** Makes blocks of the whole frames of `bytes`, if they are enough. @return what is left */
    private take(bytes: Uint8Array<ArrayBuffer>, all: boolean): Uint8Array<ArrayBuffer> {
        const { format } = this;
        if (!format) return bytes;
        const frameBytes = format.channels * format.bytesPerSample;
        const left = format.frames - this.nextInput;
        const frames = Math.min(left, Math.floor(bytes.length / frameBytes));
        const isLast = frames === left;
        const least = all ? 1 : this.blockSeconds * format.sampleRateHz;
        if (frames < least && !isLast) return bytes;
        this.blockSeconds = Math.min(kLargestBlockSeconds, 2 * this.blockSeconds);
        const { track, voice, url, tap } = this.options;
        const planes = decodePcm(bytes.subarray(0, frames * frameBytes), format);
        if (frames > 0)
            tap({
                trackId: track.id,
                voice,
                url,
                startFrame: this.nextInput,
                channels: planes,
                sampleRateHz: format.sampleRateHz,
            });
        this.nextInput += frames;
        const mixed = mixable(planes);
        this.append(this.resampler?.push(mixed) ?? mixed);
        if (isLast) {
            if (this.resampler) this.append(this.resampler.finish(format.frames));
            this.isWhole = true;
        }
        this.trouble = undefined;
        this.options.onChange();
        return bytes.slice(frames * frameBytes);
    }

    private append(planes: readonly Float32Array<ArrayBuffer>[]): void {
        const length = planes[0]?.length ?? 0;
        if (length === 0) return;
        const { context } = this.options;
        const buffer = context.createBuffer(planes.length, length, context.sampleRate);
        planes.forEach((plane, channel) => buffer.copyToChannel(plane, channel));
        this.blocks.push({ frame: this.end, buffer });
        this.end += length;
    }

    /** Until somebody wakes it, or for so long. */
    private sleep(ms?: number): Promise<void> {
        return new Promise((resolve) => {
            const timer = ms === undefined ? undefined : setTimeout(() => this.wake?.(), ms);
            this.wake = () => {
                clearTimeout(timer);
                this.wake = undefined;
                resolve();
            };
        });
    }
}

function joined(a: Uint8Array<ArrayBuffer>, b: Uint8Array): Uint8Array<ArrayBuffer> {
    const both = new Uint8Array(a.length + b.length);
    both.set(a);
    both.set(b, a.length);
    return both;
}
