/** Rows of a list that are picked for something, and the row from which a range is drawn. Immutable. */
export interface Picked {
    readonly rows: ReadonlySet<number>;
    readonly anchor: number;
}

export const kNonePicked: Picked = { rows: new Set(), anchor: 0 };

export function togglePicked(picked: Picked, row: number): Picked {
    const rows = new Set(picked.rows);
    if (!rows.delete(row)) rows.add(row);
    return { rows, anchor: row };
}

/** The rows from the anchor to `row`, instead of what was picked; the anchor stays. */
export function pickTo(picked: Picked, row: number): Picked {
    const [first, last] = row < picked.anchor ? [row, picked.anchor] : [picked.anchor, row];
    return {
        rows: new Set(Array.from({ length: last - first + 1 }, (_, i) => first + i)),
        anchor: picked.anchor,
    };
}

/** In the order of the list. */
export function pickedRows(picked: Picked): number[] {
    return [...picked.rows].sort((a, b) => a - b);
}
