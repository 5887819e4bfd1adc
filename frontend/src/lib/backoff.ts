const kFirstMs = 1000;
const kLongestMs = 30_000;

/** How long to wait before try `attempt` (0, 1, ...): 1, 2, 4 ... 30 s. */
export function backoffMs(attempt: number): number {
    return Math.min(kLongestMs, kFirstMs * 2 ** Math.max(0, attempt));
}

/** Retry-After in seconds, as the server asks; dates and nonsense fall back to `otherwiseMs`. */
export function retryAfterMs(header: string | null, otherwiseMs: number): number {
    const seconds = header === null || header.trim() === '' ? NaN : Number(header);
    return seconds >= 0 ? Math.min(kLongestMs, seconds * 1000) : otherwiseMs;
}
