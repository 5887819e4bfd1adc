/** How equal cells stand in a space of some width; a list is a grid of one column. */
export interface GridShape {
    columns: number;
    /** Of one cell, without the gap. */
    cellWidth: number;
    /** From the top of one row to that of the next. */
    rowPitch: number;
    rows: number;
    height: number;
}

export interface GridOptions {
    /** Cells are at least so wide; 0 or absent: one column. */
    minCellWidth?: number;
    gap?: number;
    /** Height of a cell of some width. */
    cellHeight: (cellWidth: number) => number;
}

export function gridShape(count: number, width: number, options: GridOptions): GridShape {
    const gap = options.gap ?? 0;
    const least = options.minCellWidth ?? 0;
    const columns = least > 0 ? Math.max(1, Math.floor((width + gap) / (least + gap))) : 1;
    const cellWidth = Math.max(0, (width - gap * (columns - 1)) / columns);
    const rowPitch = options.cellHeight(cellWidth) + gap;
    const rows = Math.ceil(count / columns);
    return { columns, cellWidth, rowPitch, rows, height: Math.max(0, rows * rowPitch - gap) };
}

/** The cells [begin, end) that a view of `height` at `top` shows, `overscan` rows more on each side. */
export function cellsInView(
    shape: GridShape,
    count: number,
    top: number,
    height: number,
    overscan: number,
): { begin: number; end: number } {
    const first = Math.floor(Math.max(0, top) / shape.rowPitch) - overscan;
    const last = Math.ceil(Math.max(0, top + height) / shape.rowPitch) + overscan;
    return {
        begin: Math.max(0, Math.min(count, first * shape.columns)),
        end: Math.max(0, Math.min(count, last * shape.columns)),
    };
}

/** Where a key moves the focus to from cell `index`; undefined: this key is not for moving. */
export function cellAfterKey(
    key: string,
    index: number,
    count: number,
    shape: GridShape,
    viewHeight: number,
): number | undefined {
    const page = shape.columns * Math.max(1, Math.floor(viewHeight / shape.rowPitch) - 1);
    const steps: Record<string, number> = {
        ArrowDown: shape.columns,
        ArrowUp: -shape.columns,
        PageDown: page,
        PageUp: -page,
        Home: -count,
        End: count,
        ...(shape.columns > 1 ? { ArrowRight: 1, ArrowLeft: -1 } : {}),
    };
    const step = steps[key];
    if (step === undefined || count === 0) return undefined;
    const target = index + step;
    // A row above the first, or a cell below the last: stay, do not slip sideways.
    if (key === 'ArrowUp' && target < 0) return index;
    if (key === 'ArrowDown' && target >= count) {
        const lastRow = Math.floor((count - 1) / shape.columns);
        return Math.floor(index / shape.columns) === lastRow ? index : count - 1;
    }
    return Math.max(0, Math.min(count - 1, target));
}
