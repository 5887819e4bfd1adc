import { Fader } from './Fader';

/** Long enough that starts and stops do not click, too short to be heard as a fade. */
const kGateSeconds = 0.015;
const kVolumeSeconds = 0.03;
/** The browser's audio thread works this far ahead of its clock, and we are not always on time. */
const kLeadSeconds = 0.006;
const kLeastLatencySeconds = 0.01;
/**
 * What is laid on the clock gets more time: a buffer that comes too late would not be left out but
 * play late, beside the one that follows it.
 */
const kLayLeadSeconds = 0.026;

/** The way from the mixed tracks to the loudspeakers: volume, a gate for pauses, the clock. */
export class Output {
    readonly context: AudioContext;
    /** Everything that plays, before volume and pauses. */
    readonly mix: GainNode;
    private readonly gate: GainNode;
    private readonly volume: GainNode;
    private readonly gateFader: Fader;
    private readonly volumeFader: Fader;
    private halting: ReturnType<typeof setTimeout> | undefined;
    private closed = false;

    /** @param sampleRateHz  that of the first track, so that nothing has to be resampled */
    constructor(sampleRateHz: number, onInterrupted: () => void) {
        this.context = contextOf(sampleRateHz);
        this.mix = this.context.createGain();
        this.gate = this.context.createGain();
        this.volume = this.context.createGain();
        this.gateFader = new Fader(this.gate.gain, 0);
        this.volumeFader = new Fader(this.volume.gain, 1);
        this.mix.connect(this.gate).connect(this.volume).connect(this.context.destination);
        this.context.addEventListener('statechange', () => {
            // A call on a phone, another app: the system has taken the sound.
            if ((this.context.state as string) === 'interrupted') onInterrupted();
        });
    }

    get rateHz(): number {
        return this.context.sampleRate;
    }

    /** The clock, in frames. */
    get now(): number {
        return Math.round(this.context.currentTime * this.rateHz);
    }

    /** The first frame at which a fade can begin. */
    get soon(): number {
        return this.now + this.latency + Math.ceil(kLeadSeconds * this.rateHz);
    }

    /** The first frame at which a buffer can begin. */
    get layable(): number {
        return this.now + this.latency + Math.ceil(kLayLeadSeconds * this.rateHz);
    }

    /** Whether it is too late for something that is to begin at `frame`. */
    isLate(frame: number): boolean {
        return frame < this.now + this.latency;
    }

    private get latency(): number {
        const { baseLatency } = this.context;
        return Math.ceil(Math.max(kLeastLatencySeconds, baseLatency || 0) * this.rateHz);
    }

    /** @return whether sound comes out; browsers refuse it before the listener has done something */
    async run(): Promise<boolean> {
        clearTimeout(this.halting);
        this.halting = undefined;
        const refused = new Promise<void>((done) => setTimeout(done, 1000));
        await Promise.race([this.context.resume(), refused]);
        if (this.context.state !== 'running') return false;
        if (this.halting === undefined) this.gateTo(1, kGateSeconds);
        return true;
    }

    /** Fades out and stops the clock, so that everything goes on from here later. */
    halt(): void {
        clearTimeout(this.halting);
        this.gateTo(0, kGateSeconds);
        this.halting = setTimeout(
            () => {
                if (!this.closed) void this.context.suspend();
            },
            1000 * ((this.soon - this.now) / this.rateHz + kGateSeconds),
        );
    }

    /** Towards silence, for the end of a sleep timer; run() undoes it. */
    fadeOut(seconds: number): void {
        this.gateTo(0, seconds);
    }

    fadeBack(): void {
        this.gateTo(1, kGateSeconds);
    }

    setVolume(level: number): void {
        const now = this.context.currentTime;
        this.volumeFader.ramp(now, this.soon / this.rateHz, kVolumeSeconds, level);
    }

    close(): void {
        if (this.closed) return;
        this.closed = true;
        clearTimeout(this.halting);
        this.gateTo(0, kGateSeconds);
        setTimeout(() => void this.context.close(), 100);
    }

    private gateTo(level: number, seconds: number): void {
        const now = this.context.currentTime;
        this.gateFader.ramp(now, this.soon / this.rateHz, seconds, level);
    }
}

function contextOf(sampleRate: number): AudioContext {
    try {
        return new AudioContext({ sampleRate, latencyHint: 'interactive' });
    } catch {
        // A rate that this browser does not run at; tracks are resampled to what it likes.
        return new AudioContext({ latencyHint: 'interactive' });
    }
}
