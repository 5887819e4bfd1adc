/** Half of a grain: long enough for a bass note's period, short enough for drums. */
const kHopSeconds = 0.03;
/** How far a grain may be moved to meet the one before in phase. */
const kSearchSeconds = 0.015;
/** The search looks at every so-maniest sample first. */
const kCoarse = 4;

/** Mono samples [frame, frame + count), zeros where there are none. */
export type ReadMono = (frame: number, count: number) => Float32Array;
/** As ReadMono, one array per channel. */
export type ReadPlanes = (frame: number, count: number) => Float32Array[];

/**
 * Changes the speed and keeps the pitch: overlapping grains of the source are laid closer or wider,
 * each moved a little so that its waveform goes on where the one before stood (WSOLA). Where grains
 * lie is decided once, by the voice that is heard, and then holds for every voice of the track, so
 * that voices stay in phase and can be faded into each other.
 *
 * Output frame n stands for source frame from + n * speed, within half of a grain.
 */
export class Grains {
    readonly hop: number;
    private readonly search: number;
    /** The source frame in the middle of each grain. */
    private readonly centres: number[];
    private readonly window: Float32Array;

    constructor(
        rateHz: number,
        readonly speed: number,
        readonly from: number,
    ) {
        this.hop = Math.round(kHopSeconds * rateHz);
        this.search = Math.round(kSearchSeconds * rateHz);
        this.centres = [from];
        // The rising half of a Hann window; rising and falling halves add up to one.
        this.window = Float32Array.from(
            { length: this.hop },
            (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / this.hop),
        );
    }

    /** Source frames that have to be there for segment `index`: all below the one returned. */
    sourceEnd(index: number): number {
        return this.ideal(index + 1) + this.search + this.hop;
    }

    /** The first source frame that segment `index`, which has been decided, is made of. */
    sourceBegin(index: number): number {
        const next = (this.centres[index + 1] as number) - this.hop;
        return Math.min(this.centres[index] as number, next);
    }

    /** Whether segment `index` can be laid without deciding anything. */
    isDecided(index: number): boolean {
        return index + 1 < this.centres.length;
    }

    /** Decides where the grains of all segments up to `index` lie. */
    decide(index: number, read: ReadMono): void {
        while (!this.isDecided(index)) this.centres.push(this.bestCentre(read));
    }

    /** Output frames [index * hop, (index + 1) * hop), which have been decided. */
    segment(index: number, read: ReadPlanes): Float32Array<ArrayBuffer>[] {
        const { hop, window } = this;
        const falling = read(this.centres[index] as number, hop);
        const rising = read((this.centres[index + 1] as number) - hop, hop);
        return falling.map((plane, channel) => {
            const other = rising[channel] as Float32Array;
            const out = new Float32Array(hop);
            for (let i = 0; i < hop; i++) {
                const share = window[i] as number;
                const old = plane[i] as number;
                out[i] = old + share * ((other[i] as number) - old);
            }
            return out;
        });
    }

    private ideal(grain: number): number {
        return this.from + Math.round(grain * this.hop * this.speed);
    }

    private bestCentre(read: ReadMono): number {
        const { hop, search } = this;
        const grain = this.centres.length;
        const before = this.centres[grain - 1] as number;
        const ideal = this.ideal(grain);
        const wanted = read(before, hop);
        const area = read(ideal - hop - search, hop + 2 * search);
        const likeness = (offset: number, step: number) => {
            let product = 0;
            let energy = 1e-9;
            for (let i = 0; i < hop; i += step) {
                const sample = area[offset + i] as number;
                product += sample * (wanted[i] as number);
                energy += sample * sample;
            }
            return product / Math.sqrt(energy);
        };
        let best = search;
        let most = likeness(best, kCoarse);
        for (let offset = 0; offset <= 2 * search; offset += kCoarse) {
            const found = likeness(offset, kCoarse);
            if (found > most) {
                most = found;
                best = offset;
            }
        }
        const centre = best;
        most = likeness(best, 1);
        for (let offset = centre - kCoarse + 1; offset < centre + kCoarse; offset++) {
            if (offset < 0 || offset > 2 * search) continue;
            const found = likeness(offset, 1);
            if (found > most) {
                most = found;
                best = offset;
            }
        }
        return ideal - search + best;
    }
}
