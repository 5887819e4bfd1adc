import type { RefObject } from 'preact';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { onPictures } from '../../lib/pictures';
import { player } from '../../player';

/** With reduced motion a picture is brought up to date, but does not move. */
const kStillMs = 500;

/**
 * Calls `draw` some thirty times a second while music plays and `element` can be seen, and once
 * after every render, for what changes otherwise.
 * @return draws once more; always the same function
 */
export function useFrames(element: RefObject<Element | null>, draw: () => void): () => void {
    const latest = useRef(draw);
    latest.current = draw;
    const moving = player.playing.value;
    // A jump while paused moves the place too.
    void (moving || player.position.value);

    useEffect(() => {
        latest.current();
    });
    useEffect(() => {
        const target = element.current;
        if (!target || !moving) return undefined;
        const still = matchMedia('(prefers-reduced-motion: reduce)');
        let seen = false;
        let stop = () => {};
        let drawnAt = -Infinity;
        const step = (now: number) => {
            if (still.matches && now - drawnAt < kStillMs) return;
            drawnAt = now;
            latest.current();
        };
        const observer = new IntersectionObserver((entries) => {
            const visible = entries[entries.length - 1]?.isIntersecting ?? false;
            if (visible === seen) return;
            seen = visible;
            stop();
            if (visible) stop = onPictures(step);
        });
        observer.observe(target);
        return () => {
            observer.disconnect();
            stop();
        };
    }, [moving]);
    return useCallback(() => latest.current(), []);
}
