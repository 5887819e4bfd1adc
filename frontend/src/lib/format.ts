/** "3:05", "1:02:03"; an unknown length reads "–:––". */
export function formatTime(seconds: number): string {
    if (!Number.isFinite(seconds) || seconds < 0) return '–:––';
    const whole = Math.floor(seconds);
    const h = Math.floor(whole / 3600);
    const m = Math.floor((whole % 3600) / 60);
    const s = String(whole % 60).padStart(2, '0');
    return h > 0 ? `${h}:${String(m).padStart(2, '0')}:${s}` : `${m}:${s}`;
}

/** For screen readers: "3 minutes 5 seconds". */
export function spokenTime(seconds: number): string {
    if (!Number.isFinite(seconds) || seconds < 0) return 'unknown';
    const whole = Math.floor(seconds);
    const parts: string[] = [];
    const h = Math.floor(whole / 3600);
    const m = Math.floor((whole % 3600) / 60);
    const s = whole % 60;
    if (h > 0) parts.push(plural(h, 'hour'));
    if (m > 0) parts.push(plural(m, 'minute'));
    if (s > 0 || parts.length === 0) parts.push(plural(s, 'second'));
    return parts.join(' ');
}

/** "42 min", "2 h 5 min". */
export function formatTotal(seconds: number): string {
    const minutes = Math.max(1, Math.round(seconds / 60));
    const h = Math.floor(minutes / 60);
    const m = minutes % 60;
    if (h === 0) return `${m} min`;
    return m === 0 ? `${h} h` : `${h} h ${m} min`;
}

/** "7", "12,345". */
export function formatCount(count: number): string {
    // The browser's own formatting takes as long to get ready as drawing half of a page.
    return count < 1000 ? String(count) : count.toLocaleString('en');
}

export function plural(count: number, noun: string, nouns = `${noun}s`): string {
    return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}

/** One decimal and a true minus sign: "−14.0". */
export function formatLevel(value: number): string {
    return value.toFixed(1).replace('-', '−').replace('−0.0', '0.0');
}

/** A level that names its direction: "+1.5", "−3.0". */
export function formatChange(value: number): string {
    return `${value >= 0.05 ? '+' : ''}${formatLevel(value)}`;
}

/** "44.1 kHz", "96 kHz". */
export function formatRate(hz: number): string {
    return `${Number((hz / 1000).toFixed(1))} kHz`;
}
