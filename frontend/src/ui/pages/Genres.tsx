import { useCallback } from 'preact/hooks';
import { coverOf } from '../../lib/cover';
import { plural } from '../../lib/format';
import { genreList } from '../../model/lists';
import { strings } from '../../strings';
import { EmptyLibrary } from '../States';
import { VirtualList } from '../VirtualList';
import { ListState, OrderButton, PageHead, QueryChoice } from './parts';
import type { PageProps } from './registry';

const words = strings.library;
const tileHeight = () => 104;

export default function GenresPage({ query }: PageProps) {
    const sort = query.get('sort') ?? 'name';
    const first = sort === 'name' ? 'asc' : 'desc';
    const list = genreList({ sort, order: query.get('order') ?? first });
    void list.revision.value;
    const onRange = useCallback((begin: number, end: number) => list.need(begin, end), [list]);
    if (list.status.value === 'loading') list.need(0, 60);
    const count = list.count.value;
    return (
        <div class="page-body">
            <PageHead
                title={strings.shell.genres}
                facts={count > 0 && list.exact ? plural(count, 'genre') : undefined}
            >
                <QueryChoice
                    name="sort"
                    label={words.sortBy}
                    query={query}
                    resets={{ order: undefined }}
                    choices={[
                        { value: 'name', label: words.sorts.name },
                        { value: 'albums', label: words.sorts.albums },
                        { value: 'tracks', label: words.sorts.tracks },
                    ]}
                />
                <OrderButton query={query} first={first} />
            </PageHead>
            <ListState
                status={list.status.value}
                count={count}
                empty={<EmptyLibrary title={words.noGenres} />}
            />
            <VirtualList
                label={strings.shell.genres}
                count={count}
                minCellWidth={190}
                gap={14}
                cellHeight={tileHeight}
                keyOf={(index) => list.at(index)?.id ?? `#${index}`}
                onRange={onRange}
                render={(index, tabIndex) => {
                    const genre = list.at(index);
                    if (!genre) return <div class="genre is-blank" aria-hidden="true" />;
                    const [ground, a, b] = coverOf(genre.name).colours;
                    return (
                        <a
                            class="genre"
                            href={`/genres/${encodeURIComponent(genre.name)}`}
                            tabIndex={tabIndex}
                            style={{ '--a': ground, '--b': a, '--c': b }}
                        >
                            <strong>{genre.name}</strong>
                            <span>{words.albumsAndTracks(genre.albums, genre.tracks)}</span>
                        </a>
                    );
                }}
            />
        </div>
    );
}
