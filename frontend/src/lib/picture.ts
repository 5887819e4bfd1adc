/** Shapes of the sound pictures: SVG path data in whatever units the caller draws in. */
export type Point = readonly [x: number, y: number];

/** A linear scale that holds its values inside. */
export function scale(from: number, to: number, size: number): (value: number) => number {
    return (value) => Math.max(0, Math.min(1, (value - from) / (to - from))) * size;
}

/**
 * A linear scale for heights, upside down as pictures are. What lies below leaves the picture,
 * rather than running along its edge.
 */
export function heights(from: number, to: number, size: number): (value: number) => number {
    return (value) => Math.min(kBeyond, 1 - (value - from) / (to - from)) * size;
}
/** As far below as a picture's edge cannot show. */
const kBeyond = 1.3;

/** A scale for frequencies, as they are heard: equal steps per octave. */
export function octaves(fromHz: number, toHz: number, size: number): (hz: number) => number {
    const place = scale(Math.log2(fromHz), Math.log2(toHz), size);
    return (hz) => place(Math.log2(hz));
}

const short = (value: number) => String(Math.round(value * 10) / 10);

export function linePath(points: readonly Point[]): string {
    return points.map(([x, y], i) => `${i ? 'L' : 'M'}${short(x)} ${short(y)}`).join('');
}

/**
 * A line through every point that bends without kinks and never rises above two neighbours or falls
 * below them (Fritsch and Carlson, 1980): a picture must not show what was not measured.
 */
export function smoothPath(points: readonly Point[]): string {
    const slopes = points.map(([x, y], i) => {
        const before = points[i - 1];
        const after = points[i + 1];
        if (!before || !after) return 0;
        const left = (y - before[1]) / (x - before[0]);
        const right = (after[1] - y) / (after[0] - x);
        return left * right <= 0 ? 0 : (2 * left * right) / (left + right);
    });
    return points
        .map(([x, y], i) => {
            const before = points[i - 1];
            if (!before) return `M${short(x)} ${short(y)}`;
            const third = (x - before[0]) / 3;
            const leave = before[1] + third * (slopes[i - 1] ?? 0);
            const arrive = y - third * (slopes[i] ?? 0);
            const [a, b] = [short(before[0] + third), short(x - third)];
            return `C${a} ${short(leave)} ${b} ${short(arrive)} ${short(x)} ${short(y)}`;
        })
        .join('');
}

/** Closes a line to an area that stands on (or hangs from) `base`. */
export function areaPath(line: string, points: readonly Point[], base: number): string {
    const first = points[0];
    const last = points[points.length - 1];
    if (!first || !last) return '';
    return `${line}L${short(last[0])} ${short(base)}L${short(first[0])} ${short(base)}Z`;
}

/** The area between two lines over the same places. */
export function betweenPath(upper: readonly Point[], lower: readonly Point[]): string {
    const back = smoothPath([...lower].reverse()).replace('M', 'L');
    return upper.length > 0 && back ? `${smoothPath(upper)}${back}Z` : '';
}

/** The value at a place between the values of evenly spaced steps. */
export function valueAt(values: readonly number[], place: number): number | undefined {
    if (values.length === 0) return undefined;
    const held = Math.max(0, Math.min(values.length - 1, place));
    const below = Math.floor(held);
    const from = values[below] as number;
    const to = values[below + 1] ?? from;
    return from + (held - below) * (to - from);
}

/** At most `count` values, each the most extreme of those that it stands for. */
export function thinned(values: readonly number[], count: number, sign: 1 | -1 = 1): number[] {
    if (values.length <= count) return [...values];
    return Array.from({ length: count }, (_, i) => {
        const from = Math.floor((i * values.length) / count);
        const to = Math.max(from + 1, Math.floor(((i + 1) * values.length) / count));
        let most = values[from] as number;
        for (let k = from + 1; k < to; k++) {
            const value = values[k] as number;
            if (sign * value > sign * most) most = value;
        }
        return most;
    });
}

/** Where a curve has its hills and valleys, the greatest first. */
export function summits(values: readonly number[], least: number, reach = 3): number[] {
    const found: number[] = [];
    values.forEach((value, i) => {
        if (Math.abs(value) < least) return;
        for (let k = Math.max(0, i - reach); k <= Math.min(values.length - 1, i + reach); k++) {
            const other = (values[k] as number) * Math.sign(value);
            // Of a plateau the first speaks.
            if (k < i ? other >= Math.abs(value) : other > Math.abs(value)) return;
        }
        found.push(i);
    });
    return found.sort((a, b) => Math.abs(values[b] as number) - Math.abs(values[a] as number));
}
