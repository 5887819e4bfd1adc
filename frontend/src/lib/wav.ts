/** What the first bytes of a WAV stream say, and where its frames are. */
export interface WavFormat {
    channels: number;
    sampleRateHz: number;
    bytesPerSample: number;
    isFloat: boolean;
    dataOffset: number;
    frames: number;
}

const kFormatFloat = 3;
const kFormatExtensible = 0xfffe;
const kSizeInDs64 = 0xffffffff;

/** @return nothing when there are too few bytes. @throws Error when it is no WAV of PCM */
export function parseWavHeader(bytes: Uint8Array): WavFormat | undefined {
    if (bytes.length < 12) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const tag = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
    const big = (at: number) => view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
    if (!['RIFF', 'RF64'].includes(tag(0)) || tag(8) !== 'WAVE') throw new Error('not a WAV');
    let format: WavFormat | undefined;
    let bigDataBytes = 0;
    for (let at = 12; at + 8 <= bytes.length; ) {
        const size = view.getUint32(at + 4, true);
        const body = at + 8;
        if (tag(at) === 'data') {
            if (!format) throw new Error('WAV: no format before the data');
            const dataBytes = size === kSizeInDs64 ? bigDataBytes : size;
            const frames = Math.floor(dataBytes / (format.channels * format.bytesPerSample));
            return { ...format, dataOffset: body, frames };
        }
        if (body + size > bytes.length) return undefined;
        if (tag(at) === 'ds64') bigDataBytes = big(body + 8);
        if (tag(at) === 'fmt ') {
            const coding = view.getUint16(body, true);
            const subtype =
                coding === kFormatExtensible && size >= 26
                    ? view.getUint16(body + 24, true)
                    : coding;
            format = {
                channels: view.getUint16(body + 2, true),
                sampleRateHz: view.getUint32(body + 4, true),
                bytesPerSample: view.getUint16(body + 14, true) / 8,
                isFloat: subtype === kFormatFloat,
                dataOffset: 0,
                frames: 0,
            };
        }
        at = body + size + (size & 1);
    }
    return undefined;
}

/** Where the server's 16-bit streams begin, but for those beyond 4 GiB. */
export function usualDataOffset(channels: number): number {
    return channels > 2 ? 68 : 44;
}

/**
 * The header that the server gives a 16-bit stream of so many bytes, so that a place in the middle
 * can be asked for without having the beginning rendered first.
 * @return nothing when the size does not fit to such a stream of about `seconds`
 */
export function expectedWav(
    channels: number,
    sampleRateHz: number,
    seconds: number,
    totalBytes: number,
): WavFormat | undefined {
    const bytesPerSample = 2;
    const plain = usualDataOffset(channels);
    const dataOffset = totalBytes - 8 >= kSizeInDs64 ? plain + 36 : plain;
    const frames = Math.floor((totalBytes - dataOffset) / (channels * bytesPerSample));
    const isLikely = Math.abs(frames / sampleRateHz - seconds) < 0.1;
    if (!isLikely) return undefined;
    return { channels, sampleRateHz, bytesPerSample, isFloat: false, dataOffset, frames };
}

/** Whole frames, interleaved and little-endian, as one array per channel, full scale +-1. */
export function decodePcm(bytes: Uint8Array, format: WavFormat): Float32Array<ArrayBuffer>[] {
    const { channels, bytesPerSample, isFloat } = format;
    const frameBytes = channels * bytesPerSample;
    const frames = Math.floor(bytes.length / frameBytes);
    const planes = Array.from({ length: channels }, () => new Float32Array(frames));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const sampleAt =
        bytesPerSample === 2
            ? (at: number) => view.getInt16(at, true) / 2 ** 15
            : bytesPerSample === 3
              ? (at: number) =>
                    ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 2 ** 23
              : isFloat
                ? (at: number) => view.getFloat32(at, true)
                : (at: number) => view.getInt32(at, true) / 2 ** 31;
    planes.forEach((plane, channel) => {
        let at = channel * bytesPerSample;
        for (let i = 0; i < frames; i++, at += frameBytes) plane[i] = sampleAt(at);
    });
    return planes;
}

/**
 * Channels as the browser's mixer understands them (1, 2, 4 and 6 it maps to any loudspeakers by
 * itself, others it would cut off behind the second).
 */
export function mixable(planes: Float32Array<ArrayBuffer>[]): Float32Array<ArrayBuffer>[] {
    if ([1, 2, 4, 6].includes(planes.length)) return planes;
    const [left, right, ...others] = planes as [
        Float32Array<ArrayBuffer>,
        Float32Array<ArrayBuffer>,
        ...Float32Array<ArrayBuffer>[],
    ];
    // The others to both sides, and all down so far that nothing clips.
    const scale = 1 / (1 + others.length * Math.SQRT1_2);
    return [left, right].map((side) =>
        side.map((sample, i) => {
            let sum = sample;
            for (const other of others) sum += (other[i] as number) * Math.SQRT1_2;
            return sum * scale;
        }),
    );
}
