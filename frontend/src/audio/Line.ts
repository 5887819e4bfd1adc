import { Fader } from './Fader';
import type { Clip } from './Clip';
import type { Output } from './Output';
import type { PcmStore } from './PcmStore';

/** Frames of stretched sound that are laid at once. */
const kSegmentsPerBlock = 8;
/** Stretched sound is laid this far ahead; it is made anew after a change of speed. */
const kStretchAheadSeconds = 3;

/** One voice of a clip: its frames laid on the context's clock, behind a gain of its own. */
export class Line {
    readonly fader: Fader;
    /** Frames of the context [laidFrom, laidEnd) are laid. */
    laidFrom = 0;
    laidEnd = 0;
    /** Where its fade ends, when it was heard before; it may not go earlier. */
    silentFrom: number | undefined;
    private readonly gain: GainNode;
    private readonly sources = new Set<AudioBufferSourceNode>();
    /** The next frame of the track to lay; with another speed, the next segment. */
    private cursor: number | undefined;

    constructor(
        readonly store: PcmStore,
        private readonly output: Output,
        into: AudioNode,
        level: 0 | 1,
    ) {
        this.gain = output.context.createGain();
        this.gain.connect(into);
        this.fader = new Fader(this.gain.gain, level);
    }

    /** Whether the context's frames [from, from + count) are laid, or all that the track has. */
    isLaid(clip: Clip, from: number, count: number): boolean {
        if (this.cursor === undefined || this.laidFrom > from) return false;
        return this.laidEnd >= from + count || this.isLaidToEnd(clip);
    }

    isLaidToEnd(clip: Clip): boolean {
        return this.cursor !== undefined && clip.end !== undefined && this.laidEnd >= clip.end;
    }

    /**
     * Lays what is there and not laid yet.
     * @param leads  whether its grains decide for the clip
     * @param earliest  the context's frame at which it may begin
     */
    lay(clip: Clip, leads: boolean, earliest = this.output.layable): void {
        if (clip.at === undefined) return;
        if (clip.grains) this.layStretched(clip, clip.at, leads, earliest);
        else this.layPlain(clip, clip.at, earliest);
    }

    /** Takes back everything that is laid; for what is not heard. */
    unlay(): void {
        for (const source of this.sources) {
            source.onended = null;
            source.stop();
            source.disconnect();
        }
        this.sources.clear();
        this.cursor = undefined;
        this.laidFrom = this.laidEnd = 0;
    }

    /** The store may live on in another clip. */
    dispose(): void {
        this.unlay();
        this.gain.disconnect();
    }

    private layPlain(clip: Clip, at: number, earliest: number): void {
        this.cursor ??= clip.from;
        for (const { frame, buffer } of this.store.blocks) {
            const end = frame + buffer.length;
            if (end <= this.cursor) continue;
            const begin = at + frame - clip.from;
            this.start(buffer, begin, Math.max(0, this.cursor - frame, earliest - begin));
            this.cursor = end;
        }
    }

    private layStretched(clip: Clip, at: number, leads: boolean, earliest: number): void {
        const { grains, end } = clip;
        if (!grains) return;
        const { store, output } = this;
        const horizon = output.now + kStretchAheadSeconds * output.rateHz;
        this.cursor ??= Math.max(0, Math.floor((earliest - at) / grains.hop));
        const read = (frame: number, count: number) => store.read(frame, count);
        const readMono = (frame: number, count: number) => store.readMono(frame, count);
        for (;;) {
            const first: number = this.cursor;
            const begin = at + first * grains.hop;
            if (begin > horizon || (end !== undefined && begin >= end)) return;
            const segments: Float32Array<ArrayBuffer>[][] = [];
            while (segments.length < kSegmentsPerBlock) {
                const index = first + segments.length;
                if (!store.isWhole && store.end < grains.sourceEnd(index)) break;
                if (!grains.isDecided(index)) {
                    if (!leads) break;
                    grains.decide(index, readMono);
                }
                if (index > 0 && grains.sourceBegin(index) < store.begin) {
                    if (segments.length > 0) break;
                    this.cursor = first + 1;
                    break;
                }
                segments.push(grains.segment(index, read));
            }
            if (segments.length === 0) {
                if (this.cursor === first) return;
                continue;
            }
            const length = Math.min(segments.length * grains.hop, (end ?? Infinity) - begin);
            const channels = segments[0]?.length ?? 1;
            const buffer = output.context.createBuffer(channels, length, output.rateHz);
            segments.forEach((planes, i) =>
                planes.forEach((plane, channel) => {
                    const offset = i * grains.hop;
                    if (offset < length)
                        buffer.copyToChannel(plane.subarray(0, length - offset), channel, offset);
                }),
            );
            this.start(buffer, begin, Math.max(0, earliest - begin));
            this.cursor = first + segments.length;
        }
    }

    /**
     * Has `buffer`, which belongs to the context's frame `begin`, play without its first `skip`
     * frames. All are whole frames, so buffers join to the sample.
     */
    private start(buffer: AudioBuffer, begin: number, skip: number): void {
        const { output } = this;
        const { context, rateHz } = output;
        for (let left = skip; left < buffer.length; left = output.layable - begin) {
            const source = new AudioBufferSourceNode(context, { buffer: rest(buffer, left) });
            source.connect(this.gain);
            source.start((begin + left) / rateHz);
            if (output.isLate(begin + left)) {
                // The page was held up just now. Taken back, and laid with less of it.
                source.stop();
                source.disconnect();
                continue;
            }
            source.onended = () => {
                this.sources.delete(source);
                source.disconnect();
            };
            this.sources.add(source);
            if (this.laidEnd < begin + left) this.laidFrom = begin + left; // first, or after a gap
            this.laidEnd = begin + buffer.length;
            return;
        }
    }
}

/**
 * `buffer` without its first `skip` frames. Starting a source at an offset is in seconds, which
 * browsers round, now and then, to the frame before.
 */
function rest(buffer: AudioBuffer, skip: number): AudioBuffer {
    if (skip === 0) return buffer;
    const { numberOfChannels, sampleRate } = buffer;
    const length = buffer.length - skip;
    const cut = new AudioBuffer({ length, numberOfChannels, sampleRate });
    for (let channel = 0; channel < numberOfChannels; channel++)
        cut.copyToChannel(buffer.getChannelData(channel).subarray(skip), channel);
    return cut;
}
