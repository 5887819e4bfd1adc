export type ChunkState = 'none' | 'queued' | 'rendering' | 'ready';

const kStates: readonly string[] = ['none', 'queued', 'rendering', 'ready'];

/** A word this page does not know counts as "none", so that a newer server cannot break it. */
export function chunkStateOf(word: string): ChunkState {
    return kStates.includes(word) ? (word as ChunkState) : 'none';
}

export interface Segment {
    /** Share of the track, 0 .. 1. */
    from: number;
    to: number;
    state: ChunkState;
}

/**
 * Places chunks on a bar as long as the track: chunk i covers [i, i+1) * chunkSeconds, the last one
 * ends with the track. Beyond `maxSegments` neighbours of equal state become one segment, so that a
 * day-long recording draws as cheaply as a song.
 */
export function segmentsOf(
    chunks: readonly ChunkState[],
    chunkSeconds: number,
    durationSeconds: number,
    maxSegments = 160,
): Segment[] {
    if (chunks.length === 0 || !(chunkSeconds > 0) || !(durationSeconds > 0)) return [];
    const merge = chunks.length > maxSegments;
    const segments: Segment[] = [];
    chunks.forEach((state, i) => {
        const from = Math.min(1, (i * chunkSeconds) / durationSeconds);
        const to =
            i === chunks.length - 1 ? 1 : Math.min(1, ((i + 1) * chunkSeconds) / durationSeconds);
        const before = segments[segments.length - 1];
        if (merge && before && before.state === state) before.to = to;
        else segments.push({ from, to, state });
    });
    return segments;
}

export function countReady(chunks: readonly ChunkState[]): number {
    return chunks.reduce((n, state) => n + (state === 'ready' ? 1 : 0), 0);
}
