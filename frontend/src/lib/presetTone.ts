import { octaves, scale, smoothPath, type Point } from './picture';

/** A preset's tone is level a third octave around each of its points, and smooth between. */
const kLevelOctaves = 1 / 3;

interface Tone {
    toneHz: readonly number[];
    toneDb: readonly number[];
}

/** The tone in dB at any frequency, as the server's plan has it. */
export function toneDbAt({ toneHz, toneDb }: Tone, hz: number): number {
    const after = toneHz.findIndex((point) => hz <= point);
    const last = toneDb.length - 1;
    if (after < 0) return toneDb[last] ?? 0;
    if (after === 0) return toneDb[0] ?? 0;
    const from = toneHz[after - 1] as number;
    const between = Math.log2((toneHz[after] as number) / from);
    const part = (Math.log2(hz / from) - kLevelOctaves) / (between - 2 * kLevelOctaves);
    const held = Math.max(0, Math.min(1, part));
    const start = toneDb[after - 1] ?? 0;
    return start + held * held * (3 - 2 * held) * ((toneDb[after] ?? 0) - start);
}

const kFromHz = 30;
const kToHz = 18_000;
const kPoints = 41;

/** The tone as a line, `most` dB up being the top of the box. */
export function tonePath(tone: Tone, width: number, height: number, most: number): string {
    const place = octaves(kFromHz, kToHz, width);
    const y = scale(-most, most, height);
    const points = Array.from({ length: kPoints }, (_, i): Point => {
        const hz = kFromHz * (kToHz / kFromHz) ** (i / (kPoints - 1));
        return [place(hz), height - y(toneDbAt(tone, hz))];
    });
    return smoothPath(points);
}

/** Where a frequency lies in such a picture, 0 .. 1. */
export const tonePlace = octaves(kFromHz, kToHz, 1);
