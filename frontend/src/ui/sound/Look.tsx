interface LookProps {
    label: string;
    /** Where the eye is, 0 .. count - 1; undefined: nowhere. */
    place: number | undefined;
    count: number;
    /** How far PageUp and PageDown go. */
    page: number;
    /** What is there, for screen readers. */
    text: string;
    onLook: (place: number | undefined) => void;
    /** Where the eye goes when the keyboard comes. */
    home: () => number;
    onChoose?: (place: number) => void;
}

const kSteps: Record<string, (page: number) => number> = {
    ArrowRight: () => 1,
    ArrowUp: () => 1,
    ArrowLeft: () => -1,
    ArrowDown: () => -1,
    PageUp: (page) => page,
    PageDown: (page) => -page,
    Home: () => -Infinity,
    End: () => Infinity,
};

/** Lies over a picture, and lets pointer and keyboard ask what is where. */
export function Look(props: LookProps) {
    const { place, count, onLook, onChoose } = props;
    const within = (value: number) => Math.max(0, Math.min(count - 1, Math.round(value)));
    const placeOf = (element: Element, { clientX }: MouseEvent) => {
        const { left, width } = element.getBoundingClientRect();
        return within(((clientX - left) / Math.max(1, width)) * count - 0.5);
    };
    return (
        <div
            class="look"
            role="slider"
            tabIndex={0}
            aria-label={props.label}
            aria-valuemin={0}
            aria-valuemax={Math.max(0, count - 1)}
            aria-valuenow={place ?? within(props.home())}
            aria-valuetext={props.text}
            onFocus={(event) => {
                if (event.currentTarget.matches(':focus-visible')) onLook(within(props.home()));
            }}
            onBlur={() => onLook(undefined)}
            onPointerMove={(event) => onLook(placeOf(event.currentTarget, event))}
            onPointerLeave={() => onLook(undefined)}
            onClick={(event) => onChoose?.(placeOf(event.currentTarget, event))}
            onKeyDown={(event) => {
                const here = place ?? within(props.home());
                const step = kSteps[event.key]?.(props.page);
                if (event.key === 'Escape' && place !== undefined) onLook(undefined);
                else if (event.key === 'Enter' && onChoose) onChoose(here);
                else if (step !== undefined && !event.shiftKey) onLook(within(here + step));
                else return;
                event.preventDefault();
                event.stopPropagation();
            }}
        >
            {place !== undefined && (
                <i class="look-line" style={{ left: `${((place + 0.5) / count) * 100}%` }} />
            )}
        </div>
    );
}
