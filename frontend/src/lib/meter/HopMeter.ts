import { channelWeights, KWeighting } from './kWeighting';
import { TruePeak } from './truePeak';

/** Momentary and short-term loudness are whole numbers of these, and a meter moves smoothly. */
export const kHopSeconds = 0.02;

/** Measures of consecutive hops; hop n covers the frames [n, n + 1) * hopFrames of the track. */
export interface Hops {
    first: number;
    /** K-weighted mean square, summed over the channels. */
    energy: Float32Array;
    /** True peak, linear. */
    peak: Float32Array;
}

export const hopFramesOf = (sampleRateHz: number) =>
    Math.max(1, Math.round(sampleRateHz * kHopSeconds));

/** Measures a stream of blocks in hops that lie on a grid of track time. */
export class HopMeter {
    readonly hopFrames: number;
    readonly #weights: number[];
    readonly #loudness: KWeighting[];
    readonly #peaks: TruePeak[];
    /** The frame that continues what came so far. */
    #next = -1;
    /** Of the hop under way; nothing counts while `#whole` is false: its beginning is not known. */
    #energy = 0;
    #peak = 0;
    #whole = false;

    constructor(sampleRateHz: number, channels: number) {
        this.hopFrames = hopFramesOf(sampleRateHz);
        this.#weights = channelWeights(channels);
        this.#loudness = this.#weights.map(() => new KWeighting(sampleRateHz));
        this.#peaks = this.#weights.map(() => new TruePeak());
    }

    /**
     * Takes a block that begins at `startFrame` of the track. One that does not continue the block
     * before begins afresh.
     * @return the hops that it completed
     */
    push(startFrame: number, channels: readonly Float32Array[]): Hops {
        const count = channels[0]?.length ?? 0;
        if (startFrame !== this.#next) this.#begin(startFrame);
        // A hop whose beginning is not known is left out.
        const first = this.#whole
            ? Math.floor(startFrame / this.hopFrames)
            : Math.ceil(startFrame / this.hopFrames);
        const energy: number[] = [];
        const peak: number[] = [];
        for (let at = 0; at < count; ) {
            const inHop = (startFrame + at) % this.hopFrames;
            const to = Math.min(count, at + this.hopFrames - inHop);
            this.#weights.forEach((weight, i) => {
                const samples = channels[i];
                if (!samples) return;
                const sum = this.#loudness[i]?.energyOf(samples, at, to) ?? 0;
                this.#energy += (weight * sum) / this.hopFrames;
                this.#peak = Math.max(this.#peak, this.#peaks[i]?.peakOf(samples, at, to) ?? 0);
            });
            if (inHop + to - at === this.hopFrames) {
                if (this.#whole) {
                    energy.push(this.#energy);
                    peak.push(this.#peak);
                }
                this.#energy = this.#peak = 0;
                this.#whole = true;
            }
            at = to;
        }
        this.#next = startFrame + count;
        return { first, energy: Float32Array.from(energy), peak: Float32Array.from(peak) };
    }

    #begin(startFrame: number): void {
        for (const filter of this.#loudness) filter.reset();
        for (const detector of this.#peaks) detector.reset();
        this.#energy = this.#peak = 0;
        this.#whole = startFrame % this.hopFrames === 0;
    }
}
