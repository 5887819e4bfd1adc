import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { dark } from '../../model/theme';
import { useFrames } from './frames';

/** A canvas that is ready to be drawn on, in CSS pixels. */
export interface Paper {
    context: CanvasRenderingContext2D;
    width: number;
    height: number;
    /** The colour that a custom property is where the canvas is. */
    colour: (property: string) => string;
    fontFamily: string;
}

/**
 * A canvas that fits its box and follows the music, see `useFrames`. Sizes and colours are asked
 * for when they change and not for each frame, so that drawing costs no layout.
 * @param look  what the colours depend on besides the scheme
 */
export function useCanvas(
    look: unknown,
    draw: (paper: Paper) => void,
): RefObject<HTMLCanvasElement | null> {
    const canvas = useRef<HTMLCanvasElement>(null);
    const paper = useRef<Paper | undefined>(undefined);

    const redraw = useFrames(canvas, () => {
        const element = canvas.current;
        if (element) paper.current ??= paperOf(element);
        if (!paper.current || paper.current.width === 0) return;
        const { context, width, height } = paper.current;
        context.clearRect(0, 0, width, height);
        draw(paper.current);
    });
    useEffect(() => {
        const element = canvas.current;
        if (!element) return undefined;
        const renew = () => {
            paper.current = undefined;
            redraw();
        };
        const observer = new ResizeObserver(renew);
        observer.observe(element);
        renew();
        return () => observer.disconnect();
    }, [look, dark.value]);
    return canvas;
}

function paperOf(element: HTMLCanvasElement): Paper | undefined {
    const { clientWidth: width, clientHeight: height } = element;
    const density = devicePixelRatio || 1;
    element.width = Math.round(width * density);
    element.height = Math.round(height * density);
    const context = element.getContext('2d');
    if (!context) return undefined;
    context.scale(density, density);
    const computed = getComputedStyle(element);
    const known = new Map<string, string>();
    const colour = (property: string) => {
        const before = known.get(property);
        if (before !== undefined) return before;
        // Only a real property is resolved; a custom one may be made of others and of functions.
        element.style.color = `var(${property})`;
        const resolved = computed.color;
        element.style.color = '';
        known.set(property, resolved);
        return resolved;
    };
    return { context, width, height, colour, fontFamily: computed.fontFamily };
}
