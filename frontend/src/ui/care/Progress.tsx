interface ProgressProps {
    label: string;
    /** 0 .. 1; nothing while nobody knows. */
    fraction: number | undefined;
    /** The same in words. */
    text: string;
}

export function Progress({ label, fraction, text }: ProgressProps) {
    const known = fraction !== undefined;
    const percent = known ? Math.min(100, Math.max(0, 100 * fraction)) : undefined;
    return (
        <div
            class={`care-bar${known ? '' : ' is-endless'}`}
            role="progressbar"
            aria-label={label}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={percent === undefined ? undefined : Math.round(percent)}
            aria-valuetext={text}
        >
            <i style={percent === undefined ? {} : { width: `${percent}%` }} />
        </div>
    );
}
