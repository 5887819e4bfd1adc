/**
 * The K-weighting of ITU-R BS.1770-4: a shelf for the head, a high-pass for how little bass counts.
 * The analogue prototypes behind the standard's 48 kHz coefficients, brought to any rate.
 */
interface Biquad {
    b0: number;
    b1: number;
    b2: number;
    a1: number;
    a2: number;
}

function shelf(sampleRateHz: number): Biquad {
    const k = Math.tan((Math.PI * 1681.974450955533) / sampleRateHz);
    const q = 0.7071752369554196;
    const high = 10 ** (3.999843853973347 / 20);
    const band = high ** 0.4996667741545416;
    const a0 = 1 + k / q + k * k;
    return {
        b0: (high + (band * k) / q + k * k) / a0,
        b1: (2 * (k * k - high)) / a0,
        b2: (high - (band * k) / q + k * k) / a0,
        a1: (2 * (k * k - 1)) / a0,
        a2: (1 - k / q + k * k) / a0,
    };
}

function highPass(sampleRateHz: number): Biquad {
    const k = Math.tan((Math.PI * 38.13547087602444) / sampleRateHz);
    const q = 0.5003270373238773;
    const a0 = 1 + k / q + k * k;
    return { b0: 1, b1: -2, b2: 1, a1: (2 * (k * k - 1)) / a0, a2: (1 - k / q + k * k) / a0 };
}

/** What the channels count: five and six are L R C Ls Rs and L R C LFE Ls Rs. */
export function channelWeights(channels: number): number[] {
    if (channels === 5) return [1, 1, 1, 1.41, 1.41];
    if (channels === 6) return [1, 1, 1, 0, 1.41, 1.41];
    return Array.from({ length: channels }, () => 1);
}

/** One channel's filter; it keeps its state from call to call. */
export class KWeighting {
    readonly #first: Biquad;
    readonly #second: Biquad;
    readonly #state = new Float64Array(4);

    constructor(sampleRateHz: number) {
        this.#first = shelf(sampleRateHz);
        this.#second = highPass(sampleRateHz);
    }

    reset(): void {
        this.#state.fill(0);
    }

    /** @return the sum of squares of the weighted frames [from, to) */
    energyOf(samples: Float32Array, from: number, to: number): number {
        const p = this.#first;
        const q = this.#second;
        let [s1, s2, s3, s4] = this.#state as unknown as [number, number, number, number];
        let sum = 0;
        for (let i = from; i < to; i++) {
            // The tiny constant keeps the state out of denormals, which are slow.
            const x = (samples[i] as number) + 1e-20;
            const y = p.b0 * x + s1;
            s1 = p.b1 * x - p.a1 * y + s2;
            s2 = p.b2 * x - p.a2 * y;
            const z = q.b0 * y + s3;
            s3 = q.b1 * y - q.a1 * z + s4;
            s4 = q.b2 * y - q.a2 * z;
            sum += z * z;
        }
        this.#state[0] = s1;
        this.#state[1] = s2;
        this.#state[2] = s3;
        this.#state[3] = s4;
        return sum;
    }
}

/** @param meanSquare  sum over the channels of weight times mean square @return LUFS */
export function lufsOf(meanSquare: number): number {
    return meanSquare > 0 ? -0.691 + 10 * Math.log10(meanSquare) : -Infinity;
}
