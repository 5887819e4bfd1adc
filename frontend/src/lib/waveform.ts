/**
 * Brings a waveform to `count` bars, scaled so that the tallest reaches 1. With fewer bars than
 * values each takes the largest of its values: peaks must not vanish on a narrow screen.
 */
export function resample(peaks: readonly number[], count: number): number[] {
    const tallest = peaks.reduce((most, peak) => Math.max(most, Math.abs(peak)), 0);
    const scale = tallest > 0 ? 1 / tallest : 0;
    return Array.from({ length: count }, (_, bar) => {
        const from = Math.floor((bar * peaks.length) / count);
        const to = Math.max(from + 1, Math.floor(((bar + 1) * peaks.length) / count));
        let most = 0;
        for (let i = from; i < to; i++) most = Math.max(most, Math.abs(peaks[i] ?? 0));
        return most * scale;
    });
}
