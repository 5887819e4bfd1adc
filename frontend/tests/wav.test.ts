import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePcm, expectedWav, mixable, parseWavHeader } from '../src/lib/wav';

interface Shape {
    channels?: number;
    bits?: number;
    coding?: number;
    extensible?: boolean;
    rf64?: boolean;
    dataBytes?: number;
}

function header(shape: Shape = {}): Uint8Array {
    const { channels = 2, bits = 16, coding = 1, extensible = false, rf64 = false } = shape;
    const dataBytes = shape.dataBytes ?? 4000;
    const bytes: number[] = [];
    const tag = (text: string) => bytes.push(...[...text].map((c) => c.charCodeAt(0)));
    const u16 = (value: number) => bytes.push(value & 255, value >> 8);
    const u32 = (value: number) => {
        u16(value & 0xffff);
        u16(value >>> 16);
    };
    const u64 = (value: number) => {
        u32(value % 2 ** 32);
        u32(Math.floor(value / 2 ** 32));
    };
    tag(rf64 ? 'RF64' : 'RIFF');
    u32(rf64 ? 0xffffffff : dataBytes + 36);
    tag('WAVE');
    if (rf64) {
        tag('ds64');
        u32(28);
        u64(dataBytes + 72);
        u64(dataBytes);
        u64(dataBytes / channels / (bits / 8));
        u32(0);
    }
    tag('fmt ');
    u32(extensible ? 40 : 16);
    u16(extensible ? 0xfffe : coding);
    u16(channels);
    u32(44100);
    u32((44100 * channels * bits) / 8);
    u16((channels * bits) / 8);
    u16(bits);
    if (extensible) {
        u16(22);
        u16(bits);
        u32(3);
        u16(coding);
        for (let i = 0; i < 14; i++) bytes.push(0);
    }
    tag('data');
    u32(rf64 ? 0xffffffff : dataBytes);
    return Uint8Array.from(bytes);
}

test('a header is read whatever its form', () => {
    const plain = { channels: 2, sampleRateHz: 44100, bytesPerSample: 2, isFloat: false };
    assert.deepEqual(parseWavHeader(header()), { ...plain, dataOffset: 44, frames: 1000 });
    assert.deepEqual(
        parseWavHeader(header({ channels: 6, extensible: true, dataBytes: 12_000 })),
        { ...plain, channels: 6, dataOffset: 68, frames: 1000 },
    );
    const float = parseWavHeader(header({ bits: 32, coding: 3, extensible: true }));
    assert.ok(float?.isFloat && float.bytesPerSample === 4 && float.frames === 500);
    const big = 4 * 2 ** 31;
    assert.deepEqual(parseWavHeader(header({ rf64: true, dataBytes: big })), {
        ...plain,
        dataOffset: 80,
        frames: big / 4,
    });
});

test('a header that is not there yet is waited for, another file is refused', () => {
    const bytes = header({ rf64: true });
    for (let length = 0; length < bytes.length; length++) {
        assert.equal(parseWavHeader(bytes.subarray(0, length)), undefined);
    }
    assert.throws(() => parseWavHeader(new TextEncoder().encode('<!doctype html>')));
});

test('the header that the server will send is known from the size', () => {
    for (const shape of [
        { channels: 1 },
        { channels: 2 },
        { channels: 6, extensible: true, dataBytes: 12_000 },
        { channels: 2, rf64: true, dataBytes: 2 ** 33 },
    ]) {
        const bytes = header(shape);
        const read = parseWavHeader(bytes);
        assert.ok(read);
        const total = bytes.length + (shape.dataBytes ?? 4000);
        const seconds = read.frames / 44100;
        assert.deepEqual(expectedWav(shape.channels, 44100, seconds, total), read);
        assert.equal(expectedWav(shape.channels, 44100, seconds + 1, total), undefined);
    }
});

test('samples of every width come out at the same scale', () => {
    const format = { channels: 1, sampleRateHz: 8000, dataOffset: 0, frames: 3 };
    const values = [-1, 0.5, -0.25];
    const bytesOf = (width: number, write: (view: DataView, at: number, x: number) => void) => {
        const view = new DataView(new ArrayBuffer(width * values.length));
        values.forEach((x, i) => write(view, i * width, x));
        return new Uint8Array(view.buffer);
    };
    const cases: [number, boolean, Uint8Array][] = [
        [2, false, bytesOf(2, (view, at, x) => view.setInt16(at, x * 2 ** 15, true))],
        [
            3,
            false,
            bytesOf(3, (view, at, x) => {
                view.setUint16(at, (x * 2 ** 23) & 0xffff, true);
                view.setInt8(at + 2, (x * 2 ** 23) >> 16);
            }),
        ],
        [4, false, bytesOf(4, (view, at, x) => view.setInt32(at, x * 2 ** 31, true))],
        [4, true, bytesOf(4, (view, at, x) => view.setFloat32(at, x, true))],
    ];
    for (const [bytesPerSample, isFloat, bytes] of cases) {
        const [plane] = decodePcm(bytes, { ...format, bytesPerSample, isFloat });
        assert.deepEqual([...(plane ?? [])], values);
    }
});

test('channels are separated, and layouts that mixers do not know become stereo', () => {
    const bytes = new Uint8Array(Int16Array.from([1, 2, 3, 4, 5, 6]).buffer);
    const format = {
        channels: 3,
        sampleRateHz: 8000,
        bytesPerSample: 2,
        isFloat: false,
        dataOffset: 0,
        frames: 2,
    };
    const planes = decodePcm(bytes, format);
    assert.deepEqual(
        planes.map((plane) => [...plane].map((x) => x * 2 ** 15)),
        [
            [1, 4],
            [2, 5],
            [3, 6],
        ],
    );
    assert.equal(mixable(planes).length, 2);
    const full = [1, 1, 1].map((x) => Float32Array.of(x));
    for (const side of mixable(full)) assert.ok(Math.abs((side[0] ?? 0) - 1) < 1e-6);
    assert.equal(mixable(planes.slice(0, 2)).length, 2);
});
