// Compares what was heard with what should have been.

export function rms(samples) {
    let sum = 0;
    for (const sample of samples) sum += sample * sample;
    return Math.sqrt(sum / Math.max(1, samples.length));
}

/** Averages groups of samples: enough to find a place, at a fraction of the work. */
function thinned(samples, factor) {
    const out = new Float32Array(Math.floor(samples.length / factor));
    for (let i = 0; i < out.length; i++) {
        let sum = 0;
        for (let k = 0; k < factor; k++) sum += samples[i * factor + k];
        out[i] = sum / factor;
    }
    return out;
}

/**
 * Looks for `heard` inside `wanted`.
 * @return how alike they are at the best place (1: the same up to gain), and where that is
 */
export function find(heard, wanted, sampleRateHz) {
    const factor = 8;
    const a = thinned(heard, factor);
    const b = thinned(wanted, factor);
    let energy = 0;
    for (const x of a) energy += x * x;
    let windowEnergy = 0;
    for (let i = 0; i < a.length; i++) windowEnergy += b[i] * b[i];
    let best = { likeness: 0, seconds: 0 };
    for (let offset = 0; offset + a.length <= b.length; offset++) {
        let product = 0;
        for (let i = 0; i < a.length; i++) product += a[i] * b[offset + i];
        const likeness = product / Math.sqrt(energy * windowEnergy + 1e-20);
        if (likeness > best.likeness)
            best = { likeness, seconds: (offset * factor) / sampleRateHz };
        const leaving = b[offset];
        const coming = b[offset + a.length] ?? 0;
        windowEnergy += coming * coming - leaving * leaving;
    }
    return best;
}

/** The server's own samples of a 16-bit WAV stream, fetched by range, as mono. */
export async function wavRange(server, path, track, fromSeconds, toSeconds) {
    const head = await server.bytes(path, 0, 255);
    const data = head.indexOf('data');
    if (data < 0) throw new Error('no data chunk in the first 256 bytes');
    const frameBytes = track.channels * 2;
    const begin = Math.max(0, Math.floor(fromSeconds * track.sampleRateHz));
    const end = Math.floor(Math.min(toSeconds, track.durationSeconds) * track.sampleRateHz);
    const start = data + 8;
    const pcm = await server.bytes(path, start + begin * frameBytes, start + end * frameBytes - 1);
    const mono = new Float32Array(Math.floor(pcm.length / frameBytes));
    for (let frame = 0; frame < mono.length; frame++) {
        for (let channel = 0; channel < track.channels; channel++) {
            mono[frame] += pcm.readInt16LE(frame * frameBytes + channel * 2) / 32768;
        }
        mono[frame] /= track.channels;
    }
    return mono;
}

/** A tenth of a second of silence as a WAV file; no two numbers give the same file. */
export function silentWav(number) {
    const frames = 800;
    const file = Buffer.alloc(44 + 2 * frames);
    file.write('RIFF', 0, 'latin1');
    file.writeUInt32LE(file.length - 8, 4);
    file.write('WAVEfmt ', 8, 'latin1');
    file.writeUInt32LE(16, 16);
    file.writeUInt16LE(1, 20); // PCM
    file.writeUInt16LE(1, 22); // mono
    file.writeUInt32LE(8000, 24);
    file.writeUInt32LE(16_000, 28);
    file.writeUInt16LE(2, 32);
    file.writeUInt16LE(16, 34);
    file.write('data', 36, 'latin1');
    file.writeUInt32LE(2 * frames, 40);
    file.writeUInt32LE(number, 44);
    return file;
}

/** A tone on two channels, as a WAV file. */
export function toneWav({ hz, rateHz, seconds }) {
    const frames = rateHz * seconds;
    const bytes = Buffer.alloc(44 + 4 * frames);
    bytes.write('RIFF');
    bytes.writeUInt32LE(36 + 4 * frames, 4);
    bytes.write('WAVEfmt ', 8);
    bytes.writeUInt32LE(16, 16);
    bytes.writeUInt16LE(1, 20);
    bytes.writeUInt16LE(2, 22);
    bytes.writeUInt32LE(rateHz, 24);
    bytes.writeUInt32LE(4 * rateHz, 28);
    bytes.writeUInt16LE(4, 32);
    bytes.writeUInt16LE(16, 34);
    bytes.write('data', 36);
    bytes.writeUInt32LE(4 * frames, 40);
    for (let i = 0; i < frames; i++) {
        const sample = Math.round(8000 * Math.sin((2 * Math.PI * hz * i) / rateHz));
        bytes.writeInt16LE(sample, 44 + 4 * i);
        bytes.writeInt16LE(sample, 46 + 4 * i);
    }
    return bytes;
}
