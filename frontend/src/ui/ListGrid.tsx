import type { JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import type { GridOptions } from '../lib/grid';
import type { PagedList } from '../lib/pagedList';
import { VirtualList } from './VirtualList';

interface Props<T> extends GridOptions {
    list: PagedList<T>;
    label: string;
    class?: string;
    render: (row: T, tabIndex: 0 | -1) => JSX.Element;
    /** Stands where a row is not there yet. */
    blank: JSX.Element;
}

/** Cells of a list of the server; those that are to be seen are asked for. */
export function ListGrid<T extends { id: string }>({ list, render, blank, ...shape }: Props<T>) {
    void list.revision.value;
    const onRange = useCallback((begin: number, end: number) => list.need(begin, end), [list]);
    return (
        <VirtualList
            {...shape}
            count={list.count.value}
            keyOf={(index) => list.at(index)?.id ?? `#${index}`}
            onRange={onRange}
            render={(index, tabIndex) => {
                const row = list.at(index);
                return row ? render(row, tabIndex) : blank;
            }}
        />
    );
}
