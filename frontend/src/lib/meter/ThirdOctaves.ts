import { hopFramesOf } from './HopMeter';

/** 20 Hz .. 20 kHz; the one at 1 kHz is number 17. */
export const kThirdOctaves = 31;
/** Hops from one picture of the spectrum to the next: ten a second. */
export const kHopsPerSpectrum = 5;
const kSilenceDb = -120;

const edgeHz = (band: number) => 1000 * 10 ** ((band - 17.5) / 10);

/** Spectra of consecutive steps; step n ends with hop (n + 1) * kHopsPerSpectrum. */
export interface Spectra {
    first: number;
    /** `kThirdOctaves` values for each, mean power in dBFS, as the server measures them. */
    levelsDb: Float32Array;
}

/**
 * The third octaves of the middle, left and right together, ten times a second: a Hann window of
 * some 0.19 s, as in the server's analysis.
 */
export class ThirdOctaves {
    readonly #stepFrames: number;
    readonly #size: number;
    readonly #window: Float64Array;
    /** Bin and part of its power, per band. */
    readonly #shares: { bin: number; part: number }[][];
    readonly #fft: Fft;
    /** The newest frames, a ring. */
    readonly #ring: Float32Array;
    #filled = 0;
    #next = -1;

    constructor(sampleRateHz: number) {
        this.#stepFrames = hopFramesOf(sampleRateHz) * kHopsPerSpectrum;
        this.#size = 2 ** Math.ceil(Math.log2(sampleRateHz / 6));
        this.#fft = new Fft(this.#size);
        this.#ring = new Float32Array(this.#size);
        const turn = (2 * Math.PI) / this.#size;
        this.#window = Float64Array.from(
            { length: this.#size },
            (_, i) => 0.5 - 0.5 * Math.cos(turn * i),
        );
        const hzPerBin = sampleRateHz / this.#size;
        this.#shares = Array.from({ length: kThirdOctaves }, (_, band) => {
            const low = edgeHz(band) / hzPerBin + 0.5;
            const high = edgeHz(band + 1) / hzPerBin + 0.5;
            const shares: { bin: number; part: number }[] = [];
            for (let bin = Math.floor(low); bin < Math.min(high, this.#size / 2); bin++) {
                shares.push({ bin, part: Math.min(bin + 1, high) - Math.max(bin, low) });
            }
            return shares;
        });
    }

    /** As `HopMeter.push`. */
    push(startFrame: number, channels: readonly Float32Array[]): Spectra {
        const [left, right] = channels;
        const count = left?.length ?? 0;
        if (startFrame !== this.#next) this.#filled = 0;
        this.#next = startFrame + count;
        const levels: number[] = [];
        let first = -1;
        for (let i = 0; i < count; i++) {
            const frame = startFrame + i;
            const sample = left?.[i] ?? 0;
            this.#ring[frame % this.#size] = right ? (sample + (right[i] ?? 0)) / 2 : sample;
            this.#filled += 1;
            if ((frame + 1) % this.#stepFrames !== 0 || this.#filled < this.#size) continue;
            if (first < 0) first = (frame + 1) / this.#stepFrames - 1;
            levels.push(...this.#levelsAt(frame + 1));
        }
        return { first: Math.max(0, first), levelsDb: Float32Array.from(levels) };
    }

    #levelsAt(end: number): number[] {
        const windowed = this.#fft.real;
        for (let i = 0; i < this.#size; i++) {
            const sample = this.#ring[(end + i) % this.#size] as number;
            windowed[i] = sample * (this.#window[i] as number);
        }
        this.#fft.run();
        const { real, imaginary } = this.#fft;
        // One-sided, and the mean square of a Hann window is 3/8.
        const scale = 2 / (this.#size * this.#size * 0.375);
        return this.#shares.map((shares) => {
            let power = 0;
            for (const { bin, part } of shares) {
                const re = real[bin] as number;
                const im = imaginary[bin] as number;
                power += part * (re * re + im * im);
            }
            return power > 0 ? Math.max(kSilenceDb, 10 * Math.log10(power * scale)) : kSilenceDb;
        });
    }
}

/** A complex transform in place, radix 2. */
class Fft {
    readonly real: Float64Array;
    readonly imaginary: Float64Array;
    readonly #cosines: Float64Array;
    readonly #sines: Float64Array;
    readonly #mirror: Uint32Array;

    constructor(size: number) {
        this.real = new Float64Array(size);
        this.imaginary = new Float64Array(size);
        const turn = (-2 * Math.PI) / size;
        this.#cosines = Float64Array.from({ length: size / 2 }, (_, i) => Math.cos(turn * i));
        this.#sines = Float64Array.from({ length: size / 2 }, (_, i) => Math.sin(turn * i));
        const bits = Math.log2(size);
        this.#mirror = Uint32Array.from({ length: size }, (_, i) => {
            let mirrored = 0;
            for (let bit = 0; bit < bits; bit++) mirrored |= ((i >> bit) & 1) << (bits - 1 - bit);
            return mirrored;
        });
    }

    /** Transforms what is in `real`; `imaginary` begins as nothing. */
    run(): void {
        const { real, imaginary } = this;
        const size = real.length;
        imaginary.fill(0);
        for (let i = 0; i < size; i++) {
            const k = this.#mirror[i] as number;
            if (k <= i) continue;
            const held = real[i] as number;
            real[i] = real[k] as number;
            real[k] = held;
        }
        for (let half = 1; half < size; half *= 2) {
            const stride = size / (2 * half);
            for (let start = 0; start < size; start += 2 * half) {
                for (let k = 0; k < half; k++) {
                    const cosine = this.#cosines[k * stride] as number;
                    const sine = this.#sines[k * stride] as number;
                    const a = start + k;
                    const b = a + half;
                    const re = (real[b] as number) * cosine - (imaginary[b] as number) * sine;
                    const im = (real[b] as number) * sine + (imaginary[b] as number) * cosine;
                    real[b] = (real[a] as number) - re;
                    imaginary[b] = (imaginary[a] as number) - im;
                    real[a] = (real[a] as number) + re;
                    imaginary[a] = (imaginary[a] as number) + im;
                }
            }
        }
    }
}
