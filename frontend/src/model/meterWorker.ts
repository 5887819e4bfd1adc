// Measures what was fetched beside the page's own thread: thirty seconds of sound arrive at once.
import { HopMeter, type Hops } from '../lib/meter/HopMeter';
import { ThirdOctaves, type Spectra } from '../lib/meter/ThirdOctaves';

export interface ToMeasure {
    /** One stream of blocks; a new stream begins afresh. */
    stream: string;
    sampleRateHz: number;
    startFrame: number;
    channels: Float32Array[];
}

export interface WasMeasured {
    stream: string;
    hops: Hops;
    spectra: Spectra;
}

/** Of the streams measured last: two may come by turns, the next track's and this one's. */
const kStreams = 4;
const meters = new Map<string, { hops: HopMeter; spectra: ThirdOctaves }>();

addEventListener('message', ({ data }: MessageEvent<ToMeasure>) => {
    const { stream, sampleRateHz, startFrame, channels } = data;
    const meter = meters.get(stream) ?? {
        hops: new HopMeter(sampleRateHz, channels.length),
        spectra: new ThirdOctaves(sampleRateHz),
    };
    meters.delete(stream);
    meters.set(stream, meter);
    const oldest = meters.keys().next().value;
    if (meters.size > kStreams && oldest !== undefined) meters.delete(oldest);

    const measured: WasMeasured = {
        stream,
        hops: meter.hops.push(startFrame, channels),
        spectra: meter.spectra.push(startFrame, channels),
    };
    if (measured.hops.energy.length > 0) postMessage(measured);
});
