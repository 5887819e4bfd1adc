/** Offsets of rows of different heights: offsets[i] is the top of row i, the last one the total. */
export function offsetsOf(heights: Iterable<number>, count: number): Float64Array {
    const offsets = new Float64Array(count + 1);
    let i = 0;
    let top = 0;
    for (const height of heights) {
        top += height;
        offsets[++i] = top;
    }
    return offsets;
}

/** The last row whose top is at or above `y`; 0 when there is none. */
export function rowAt(offsets: Float64Array, y: number): number {
    let low = 0;
    let high = Math.max(0, offsets.length - 2);
    while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((offsets[middle] as number) <= y) low = middle;
        else high = middle - 1;
    }
    return low;
}

export interface Window {
    /** Rows [begin, end). */
    begin: number;
    end: number;
}

export function windowOf(
    offsets: Float64Array,
    scrollTop: number,
    viewportHeight: number,
    overscan: number,
): Window {
    const count = offsets.length - 1;
    if (count <= 0) return { begin: 0, end: 0 };
    const first = rowAt(offsets, scrollTop);
    const last = rowAt(offsets, scrollTop + Math.max(0, viewportHeight));
    return { begin: Math.max(0, first - overscan), end: Math.min(count, last + 1 + overscan) };
}
