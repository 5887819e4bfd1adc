import type { ComponentChildren, JSX } from 'preact';
import type { PagedList } from '../../lib/pagedList';
import { strings } from '../../strings';
import { ListState, OrderButton, PageHead, QueryChoice } from './parts';

const words = strings.library;

interface Props {
    title: string;
    /** "214 albums" */
    factsOf: (count: number) => string;
    list: PagedList<unknown>;
    query: URLSearchParams;
    /** What it can be sorted by, the first without a word in the address. */
    sorts: readonly (keyof typeof words.sorts)[];
    /** The direction that the chosen sort begins with; none where any is as good. */
    first: 'asc' | 'desc' | undefined;
    /** More choices, ahead of the sort. */
    choices?: ComponentChildren;
    empty: JSX.Element;
    children: JSX.Element;
}

/** Everything of one kind. What it shows, and how it is sorted, is part of its address. */
export function ListPage({ title, factsOf, list, query, sorts, first, ...rest }: Props) {
    if (list.status.value === 'loading') list.need(0, 60);
    const count = list.count.value;
    return (
        <div class="page-body">
            <PageHead title={title} facts={count > 0 && list.exact ? factsOf(count) : undefined}>
                {rest.choices}
                <QueryChoice
                    name="sort"
                    label={words.sortBy}
                    query={query}
                    resets={{ order: undefined }}
                    choices={sorts.map((value) => ({ value, label: words.sorts[value] }))}
                />
                {first && <OrderButton query={query} first={first} />}
            </PageHead>
            <ListState status={list.status.value} count={count} empty={rest.empty} />
            {rest.children}
        </div>
    );
}
