import { hopFramesOf, type Hops } from './HopMeter';
import { lufsOf } from './kWeighting';
import { kHopsPerSpectrum, kThirdOctaves, type Spectra } from './ThirdOctaves';

const kMomentarySeconds = 0.4;
const kShortTermSeconds = 3;
/** A peak falls by 20 dB in 1.7 s, as programme meters do (IEC 60268-10, type I). */
const kFallDbPerSecond = 20 / 1.7;
const kHoldSeconds = 2;
/** A band falls slower than music does, so that the eye can follow. */
const kSpectrumFallDbPerSecond = 30;
const kSpectrumSteps = 6;

const decibels = (linear: number) => (linear > 0 ? 20 * Math.log10(linear) : -Infinity);

/**
 * What has been measured of one track's sound, ahead of the playhead. Every reading is a function
 * of the place alone, so a seek, a pause or a slow screen changes nothing.
 */
export class Measured {
    readonly #hopSeconds: number;
    /** NaN: not measured. */
    #energy = new Float32Array(0);
    #peak = new Float32Array(0);
    /** `kThirdOctaves` values for each step. */
    #levelsDb = new Float32Array(0);

    constructor(sampleRateHz: number) {
        this.#hopSeconds = hopFramesOf(sampleRateHz) / sampleRateHz;
    }

    add({ first, energy, peak }: Hops, spectra?: Spectra): void {
        if (spectra?.levelsDb.length) {
            const at = spectra.first * kThirdOctaves;
            const most = at + spectra.levelsDb.length;
            if (most > this.#levelsDb.length) this.#levelsDb = grown(this.#levelsDb, most);
            this.#levelsDb.set(spectra.levelsDb, at);
        }
        const end = first + energy.length;
        if (end > this.#energy.length) {
            this.#energy = grown(this.#energy, end);
            this.#peak = grown(this.#peak, end);
        }
        this.#energy.set(energy, first);
        this.#peak.set(peak, first);
    }

    /** Of the 400 ms that end at `seconds`. @return LUFS; undefined where nothing is measured */
    momentaryLufs(seconds: number): number | undefined {
        return this.#loudness(seconds, kMomentarySeconds);
    }

    /** Of the 3 s that end at `seconds`, or of what there is of them after a jump. */
    shortTermLufs(seconds: number): number | undefined {
        return this.#loudness(seconds, kShortTermSeconds);
    }

    /** The peak at `seconds`, falling slowly from what came before. @return dBTP */
    peakDbtp(seconds: number): number | undefined {
        const last = this.#hopAt(seconds);
        let most: number | undefined;
        for (let back = 0; back * this.#hopSeconds < kHoldSeconds && back <= last; back++) {
            const peak = this.#peak[last - back];
            if (peak === undefined || Number.isNaN(peak)) break;
            const fallen = decibels(peak) - back * this.#hopSeconds * kFallDbPerSecond;
            most = Math.max(most ?? -Infinity, fallen);
        }
        return most;
    }

    /** The largest peak of the 2 s that end at `seconds`. @return dBTP */
    heldPeakDbtp(seconds: number): number | undefined {
        const last = this.#hopAt(seconds);
        let most: number | undefined;
        for (let back = 0; back * this.#hopSeconds < kHoldSeconds && back <= last; back++) {
            const peak = this.#peak[last - back];
            if (peak === undefined || Number.isNaN(peak)) break;
            most = Math.max(most ?? 0, peak);
        }
        return most === undefined ? undefined : decibels(most);
    }

    /** Third octaves of what sounds at `seconds`, dBFS; undefined where nothing is measured. */
    spectrumDb(seconds: number): Float32Array | undefined {
        const stepSeconds = kHopsPerSpectrum * this.#hopSeconds;
        // A step's window, two steps long, has its middle where the step begins.
        const place = Math.max(0, seconds) / stepSeconds;
        const step = Math.floor(place);
        const here = this.#fallen(step);
        if (!here) return undefined;
        const next = this.#fallen(step + 1) ?? here;
        return here.map((level, i) => level + (place - step) * ((next[i] ?? level) - level));
    }

    #fallen(step: number): Float32Array | undefined {
        const levels = this.#levelsDb.slice(step * kThirdOctaves, (step + 1) * kThirdOctaves);
        if (levels.length === 0 || Number.isNaN(levels[0])) return undefined;
        const fall = kSpectrumFallDbPerSecond * kHopsPerSpectrum * this.#hopSeconds;
        for (let back = 1; back <= Math.min(step, kSpectrumSteps); back++) {
            for (let band = 0; band < kThirdOctaves; band++) {
                const was = this.#levelsDb[(step - back) * kThirdOctaves + band] as number;
                if (was - back * fall > (levels[band] as number)) levels[band] = was - back * fall;
            }
        }
        return levels;
    }

    /** The hop that sounds at `seconds`. */
    #hopAt(seconds: number): number {
        return Math.floor(Math.max(0, seconds) / this.#hopSeconds);
    }

    /** Moves smoothly from hop to hop: the first and the last count by the part that is inside. */
    #loudness(seconds: number, windowSeconds: number): number | undefined {
        const end = Math.max(0, seconds) / this.#hopSeconds + 1;
        const begin = Math.max(0, end - windowSeconds / this.#hopSeconds);
        let sum = 0;
        let length = 0;
        for (let hop = Math.floor(end); hop >= Math.floor(begin); hop--) {
            const part = Math.min(hop + 1, end) - Math.max(hop, begin);
            if (part <= 0) continue;
            const energy = this.#energy[hop];
            if (energy === undefined || Number.isNaN(energy)) {
                // The newest hop may be still to come; a gap further back ends the window.
                if (length > 0) break;
                if (end - hop > 2) return undefined;
                continue;
            }
            sum += part * energy;
            length += part;
        }
        return length > 0 ? lufsOf(sum / length) : undefined;
    }
}

function grown(values: Float32Array, end: number): Float32Array<ArrayBuffer> {
    const more = new Float32Array(Math.max(end, 2 * values.length, 1024)).fill(NaN);
    more.set(values);
    return more;
}
