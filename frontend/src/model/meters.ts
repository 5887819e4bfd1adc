import { signal } from '@preact/signals';
import type { Engine } from '../audio/Engine';
import type { TapBlock, VoiceName } from '../audio/PcmStore';
import { Measured } from '../lib/meter/Measured';
import type { ToMeasure, WasMeasured } from './meterWorker';

/** What is kept measured: this track and its neighbours, mastered and as they are. */
const kKept = 6;
const kept = new Map<string, Measured>();

/** Counts what was measured, for those who draw while nothing plays. */
export const measuredCount = signal(0);

const nameOf = (trackId: string, voice: VoiceName) => `${voice} ${trackId}`;

/** @return what is known of the sound; undefined before its first block came */
export function measuredOf(trackId: string, voice: VoiceName): Measured | undefined {
    return kept.get(nameOf(trackId, voice));
}

function startWorker(): Worker {
    const worker = new Worker(new URL('./meterWorker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<WasMeasured>) => {
        kept.get(data.stream)?.add(data.hops, data.spectra);
        measuredCount.value += 1;
    });
    return worker;
}

/** Measures every block that the player fetches. */
export function startMeters(engine: Engine): void {
    let worker: Worker | undefined;
    engine.addTap((block: TapBlock) => {
        const stream = nameOf(block.trackId, block.voice);
        const measured = kept.get(stream) ?? new Measured(block.sampleRateHz);
        kept.delete(stream);
        kept.set(stream, measured);
        const oldest = kept.keys().next().value;
        if (kept.size > kKept && oldest !== undefined) kept.delete(oldest);

        const { sampleRateHz, startFrame } = block;
        // The player goes on using its own.
        const channels = block.channels.map((samples) => samples.slice());
        const message: ToMeasure = { stream, sampleRateHz, startFrame, channels };
        worker ??= startWorker();
        worker.postMessage(
            message,
            channels.map(({ buffer }) => buffer),
        );
    });
}
