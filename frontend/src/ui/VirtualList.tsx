import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { cellAfterKey, cellsInView, gridShape, type GridOptions } from '../lib/grid';

const kOverscanRows = 6;
/** Space that a row which gets the focus keeps to the edges of the view. */
const kRoomPx = 72;

export interface VirtualListProps extends GridOptions {
    count: number;
    /** Names the list for screen readers. */
    label: string;
    /**
     * Draws cell `index`. Its element with `data-focus`, or its first link or button, is what the
     * arrow keys go to: give it `tabIndex={tabIndex}`, so that Tab finds one cell and not all.
     */
    render: (index: number, tabIndex: 0 | -1) => JSX.Element | null;
    keyOf: (index: number) => string;
    /** Told which cells are to be seen, so that they can be loaded. */
    onRange?: ((begin: number, end: number) => void) | undefined;
    /** Keys that the list does not use itself, at the focused cell. */
    onKey?: ((event: KeyboardEvent, index: number) => void) | undefined;
    /** Is given the way to put the focus on a cell, which may be out of sight. */
    focusRef?: { current: ((index: number) => void) | undefined } | undefined;
    /** Where the arrow keys begin when nothing of the list has the focus. */
    startIndex?: (() => number) | undefined;
    class?: string | undefined;
    role?: 'list' | 'listbox' | 'grid';
}

interface Handle {
    focus: (index: number) => void;
    move: (direction: 1 | -1) => void;
}

/** The list that arrow keys go to when nothing has the focus: the one that was shown last. */
const shown: Handle[] = [];

export function moveListFocus(direction: 1 | -1): boolean {
    const handle = shown[shown.length - 1];
    handle?.move(direction);
    return handle !== undefined;
}

function focusTarget(cell: Element | null | undefined): HTMLElement | null {
    return (
        cell?.querySelector<HTMLElement>('[data-focus]') ??
        cell?.querySelector<HTMLElement>('a, button') ??
        null
    );
}

/**
 * A list or grid of any length that draws only what is to be seen. It scrolls with the nearest
 * element that has `data-scroller`, so headings above it scroll away with it.
 */
export function VirtualList(props: VirtualListProps) {
    const { count, label, render, keyOf, onRange, onKey, role = 'list' } = props;
    const root = useRef<HTMLDivElement>(null);
    const width = useSignal(0);
    const viewHeight = useRef(800);
    /** As text, so that scrolling within it draws nothing. */
    const range = useSignal('0:0');
    const focused = useSignal(0);
    const drawn = useSignal(0);
    void drawn.value;
    const wanted = useRef<number | undefined>(undefined);
    const startIndex = useRef(props.startIndex);
    startIndex.current = props.startIndex;

    const shape = useMemo(
        () => gridShape(count, width.value, props),
        [count, width.value, props.minCellWidth, props.gap, props.cellHeight],
    );
    const latest = useRef({ shape, count });
    latest.current = { shape, count };

    const look = () => {
        const element = root.current;
        const scroller = element?.closest('[data-scroller]');
        if (!element || !scroller) return;
        viewHeight.current = scroller.clientHeight;
        const top = scroller.getBoundingClientRect().top - element.getBoundingClientRect().top;
        const now = latest.current;
        const { begin, end } = cellsInView(
            now.shape,
            now.count,
            top,
            scroller.clientHeight,
            kOverscanRows,
        );
        range.value = `${begin}:${end}`;
    };

    useLayoutEffect(() => {
        const element = root.current;
        const scroller = element?.closest<HTMLElement>('[data-scroller]');
        if (!element || !scroller) return undefined;
        const measure = () => {
            width.value = element.clientWidth;
            look();
        };
        measure();
        const observer = new ResizeObserver(measure);
        observer.observe(element);
        observer.observe(scroller);
        scroller.addEventListener('scroll', look, { passive: true });
        return () => {
            observer.disconnect();
            scroller.removeEventListener('scroll', look);
        };
    }, []);
    useLayoutEffect(look, [shape]);

    const focus = (index: number) => {
        const element = root.current;
        const scroller = element?.closest<HTMLElement>('[data-scroller]');
        if (!element || !scroller) return;
        const now = latest.current.shape;
        const offset =
            element.getBoundingClientRect().top -
            scroller.getBoundingClientRect().top +
            scroller.scrollTop;
        const top = offset + Math.floor(index / now.columns) * now.rowPitch;
        const bottom = top + now.rowPitch;
        if (top - kRoomPx < scroller.scrollTop) scroller.scrollTop = Math.max(0, top - kRoomPx);
        else if (bottom + 16 > scroller.scrollTop + scroller.clientHeight)
            scroller.scrollTop = bottom + 16 - scroller.clientHeight;
        focused.value = index;
        wanted.current = index;
        look();
        // Given once it is drawn: rows may just have changed their places.
        drawn.value++;
    };
    const giveFocus = () => {
        if (wanted.current === undefined) return;
        const cell = root.current?.querySelector(`[data-index="${wanted.current}"]`);
        const target = focusTarget(cell);
        if (!target) return;
        wanted.current = undefined;
        target.focus({ preventScroll: true });
    };
    // A cell that was out of sight is drawn first.
    useLayoutEffect(giveFocus);

    useEffect(() => {
        const handle: Handle = {
            focus,
            move: (direction) => {
                const inside = root.current?.contains(document.activeElement);
                const all = latest.current.count;
                if (all === 0) return;
                const start = inside ? focused.peek() : (startIndex.current?.() ?? -1);
                const step = direction * latest.current.shape.columns;
                focus(start >= 0 ? Math.max(0, Math.min(all - 1, start + step)) : 0);
            },
        };
        shown.push(handle);
        if (props.focusRef) props.focusRef.current = focus;
        return () => void shown.splice(shown.indexOf(handle), 1);
    }, []);

    const [begin = 0, drawnEnd = 0] = range.value.split(':').map(Number);
    const end = Math.min(drawnEnd, count);
    useEffect(() => {
        if (end > begin) onRange?.(begin, end);
    }, [begin, end, onRange]);

    const tabStop = focused.value >= begin && focused.value < end ? focused.value : begin;
    const cells: JSX.Element[] = [];
    for (let index = begin; index < end; index++) {
        const column = index % shape.columns;
        const row = Math.floor(index / shape.columns);
        const x = column * (shape.cellWidth + (props.gap ?? 0));
        cells.push(
            <div
                key={keyOf(index)}
                class="cell"
                role={role === 'list' ? 'listitem' : role === 'grid' ? 'row' : 'presentation'}
                aria-setsize={role === 'list' ? count : undefined}
                aria-posinset={role === 'list' ? index + 1 : undefined}
                aria-rowindex={role === 'grid' ? index + 1 : undefined}
                data-index={index}
                style={{
                    transform: `translate(${x}px, ${row * shape.rowPitch}px)`,
                    width: `${shape.cellWidth}px`,
                    height: `${shape.rowPitch - (props.gap ?? 0)}px`,
                }}
                onFocusIn={() => (focused.value = index)}
            >
                {render(index, index === tabStop ? 0 : -1)}
            </div>,
        );
    }
    return (
        <div
            ref={root}
            class={`virtual${props.class ? ` ${props.class}` : ''}`}
            role={role}
            aria-label={label}
            aria-rowcount={role === 'grid' ? count : undefined}
            style={{ height: `${shape.height}px` }}
            onKeyDown={(event) => {
                const target = event.target as Element;
                const cell = target.closest('[data-index]');
                if (!cell || event.defaultPrevented) return;
                const index = Number(cell.getAttribute('data-index'));
                onKey?.(event, index);
                if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey)
                    return;
                if (event.shiftKey || target.matches('input, select, textarea')) return;
                const next = cellAfterKey(event.key, index, count, shape, viewHeight.current);
                if (next === undefined) return;
                event.preventDefault();
                focus(next);
            }}
        >
            {cells}
        </div>
    );
}
