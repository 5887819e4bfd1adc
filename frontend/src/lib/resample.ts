/** Zero crossings of the filter on each side, at the lower of the two rates. */
const kCrossings = 64;
/** Stops what lies above the lower Nyquist frequency by 100 dB (Kaiser, beta 10) ... */
const kBeta = 10;
/** ... and leaves alone what is below 0.9 of it: 19.8 kHz at 44.1 kHz. */
const kCutoff = 0.95;
/** Ratios of more phases are interpolated between so many. */
const kMostPhases = 1024;

function gcd(a: number, b: number): number {
    return b === 0 ? a : gcd(b, a % b);
}

/** The modified Bessel function of the first kind, order 0: its series converges quickly. */
function besselI0(x: number): number {
    let sum = 1;
    let term = 1;
    for (let k = 1; term > sum * 1e-12; k++) {
        term *= (x / (2 * k)) ** 2;
        sum += term;
    }
    return sum;
}

/**
 * Changes the sample rate by a polyphase windowed sinc. Each output frame is a function of its
 * number and the input around it alone, so a stream that begins in the middle gives the same
 * samples there as one that begins at its start.
 */
export class Resampler {
    private readonly up: number;
    private readonly down: number;
    private readonly phases: number;
    private readonly half: number;
    private readonly taps: Float32Array;
    private history: Float32Array[] = [];
    /** The input frame at which `history` begins, and the next output frame. */
    private begin = 0;
    private next = 0;
    /** Silence before the input's first frame that the filter reaches into. */
    private pad = 0;

    constructor(
        readonly fromHz: number,
        readonly toHz: number,
    ) {
        const common = gcd(fromHz, toHz);
        this.up = toHz / common;
        this.down = fromHz / common;
        this.phases = Math.min(this.up, kMostPhases);
        const scale = Math.min(1, toHz / fromHz) * kCutoff;
        this.half = Math.ceil((kCrossings * kCutoff) / scale);
        const width = 2 * this.half;
        this.taps = new Float32Array((this.phases + 1) * width);
        const norm = besselI0(kBeta);
        for (let phase = 0; phase <= this.phases; phase++) {
            for (let tap = 0; tap < width; tap++) {
                const x = tap - this.half + 1 - phase / this.phases;
                const edge = 1 - (x / this.half) ** 2;
                const window = edge > 0 ? besselI0(kBeta * Math.sqrt(edge)) / norm : 0;
                const angle = Math.PI * x * scale;
                const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
                this.taps[phase * width + tap] = scale * sinc * window;
            }
        }
    }

    /** How many frames so many of the input become. */
    outputFrames(inputFrames: number): number {
        return Math.ceil((inputFrames * this.up) / this.down);
    }

    /**
     * Begins at an output frame.
     * @return the input frame that is to be pushed first; what lies before 0 is silence
     */
    seek(outputFrame: number): number {
        this.next = outputFrame;
        this.begin = Math.floor((outputFrame * this.down) / this.up) - this.half + 1;
        this.history = [];
        const first = Math.max(0, this.begin);
        this.pad = first - this.begin;
        return first;
    }

    /** @return the frames that can be computed now; perhaps none */
    push(input: readonly Float32Array[]): Float32Array<ArrayBuffer>[] {
        this.history = input.map((plane, channel) => {
            const old = this.history[channel] ?? new Float32Array(this.pad);
            const joined = new Float32Array(old.length + plane.length);
            joined.set(old);
            joined.set(plane, old.length);
            return joined;
        });
        const length = this.history[0]?.length ?? 0;
        // Frame n needs input up to floor(n * down / up) + half.
        const last = this.begin + length - 1 - this.half;
        const end = Math.floor(((last + 1) * this.up - 1) / this.down) + 1;
        const count = Math.max(0, end - this.next);
        const output = this.history.map((plane) => this.convolve(plane, count));
        this.next += count;
        const keepFrom = Math.floor((this.next * this.down) / this.up) - this.half + 1;
        const drop = Math.min(length, Math.max(0, keepFrom - this.begin));
        this.history = this.history.map((plane) => plane.slice(drop));
        this.begin += drop;
        return output;
    }

    /** The rest, when the input has ended after `inputFrames`. */
    finish(inputFrames: number): Float32Array<ArrayBuffer>[] {
        const end = this.outputFrames(inputFrames);
        const silence = this.history.map(() => new Float32Array(2 * this.half + 1));
        return this.push(silence).map((plane) =>
            plane.slice(0, Math.max(0, plane.length - (this.next - end))),
        );
    }

    private convolve(plane: Float32Array, count: number): Float32Array<ArrayBuffer> {
        const output = new Float32Array(count);
        const width = 2 * this.half;
        const { taps, phases, up, down } = this;
        const isExact = phases === up;
        for (let i = 0; i < count; i++) {
            const place = (this.next + i) * down;
            const whole = Math.floor(place / up);
            const at = whole - this.half + 1 - this.begin;
            const phase = ((place - whole * up) * phases) / up;
            const row = Math.floor(phase) * width;
            let sum = 0;
            for (let tap = 0; tap < width; tap++)
                sum += (plane[at + tap] as number) * (taps[row + tap] as number);
            if (!isExact) {
                const share = phase - Math.floor(phase);
                let other = 0;
                for (let tap = 0; tap < width; tap++)
                    other += (plane[at + tap] as number) * (taps[row + width + tap] as number);
                sum += share * (other - sum);
            }
            output[i] = sum;
        }
        return output;
    }
}
