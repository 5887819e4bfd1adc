import type { JSX } from 'preact';
import { coverOf } from '../lib/cover';

const kShapes: ((a: string, b: string) => JSX.Element)[] = [
    (a, b) => (
        <>
            <circle cx="24" cy="34" r="17" fill={a} />
            <circle cx="40" cy="34" r="17" fill={b} opacity=".82" />
        </>
    ),
    (a, b) => (
        <>
            <path d="M0 14c36 0 28 40 64 40v10H0z" fill={a} />
            <path d="M64 22C28 22 36 58 0 58v6h64z" fill={b} opacity=".85" />
        </>
    ),
    (a, b) => (
        <>
            {[44, 34, 24, 14].map((r, i) => (
                <circle key={r} cx="12" cy="52" r={r} fill={i % 2 ? b : a} opacity={0.92} />
            ))}
        </>
    ),
    (a, b) => (
        <>
            <circle cx="42" cy="24" r="12" fill={b} />
            <path d="M0 44c10-8 18-8 28-1s22 7 36-3v24H0z" fill={a} />
            <path d="M0 54c12-6 20-4 32 0s20 4 32-2v12H0z" fill={b} opacity=".55" />
        </>
    ),
    (a, b) => (
        <>
            {[10, 19, 28, 37, 46].map((x, i) => (
                <rect
                    key={x}
                    x={x}
                    y={32 - (8 + ((i * 7) % 15))}
                    width="6"
                    height={2 * (8 + ((i * 7) % 15))}
                    rx="3"
                    fill={i % 2 ? b : a}
                />
            ))}
        </>
    ),
    (a, b) => (
        <>
            <path d="M0 0h64L0 64z" fill={a} />
            <circle cx="32" cy="32" r="15" fill={b} />
        </>
    ),
];

/** A drawn cover; the same album always gets the same one. */
export function Cover({ seed }: { seed: string }) {
    const { colours, shape, turn } = coverOf(seed);
    const [ground, a, b] = colours;
    return (
        <svg class="cover" viewBox="0 0 64 64" aria-hidden="true">
            <rect width="64" height="64" fill={ground} />
            <g transform={shape === 3 ? undefined : `rotate(${turn} 32 32)`}>
                {kShapes[shape]?.(a, b)}
            </g>
        </svg>
    );
}
