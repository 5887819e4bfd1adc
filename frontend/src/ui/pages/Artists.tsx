import { useCallback } from 'preact/hooks';
import { plural } from '../../lib/format';
import { artistList } from '../../model/lists';
import { strings } from '../../strings';
import { Cover } from '../Cover';
import { EmptyLibrary } from '../States';
import { VirtualList } from '../VirtualList';
import { ListState, OrderButton, PageHead, QueryChoice } from './parts';
import type { PageProps } from './registry';

const words = strings.library;
const rowHeight = () => 72;

export default function ArtistsPage({ query }: PageProps) {
    const sort = query.get('sort') ?? 'name';
    const first = sort === 'name' ? 'asc' : 'desc';
    const list = artistList({
        sort,
        order: query.get('order') ?? first,
        role: query.get('role') ?? 'albumArtist',
    });
    void list.revision.value;
    const onRange = useCallback((begin: number, end: number) => list.need(begin, end), [list]);
    if (list.status.value === 'loading') list.need(0, 60);
    const count = list.count.value;
    return (
        <div class="page-body">
            <PageHead
                title={strings.shell.artists}
                facts={count > 0 && list.exact ? plural(count, 'artist') : undefined}
            >
                <QueryChoice
                    name="role"
                    label={words.role}
                    query={query}
                    choices={Object.entries(words.roles).map(([value, label]) => ({
                        value,
                        label,
                    }))}
                />
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
            <ListState status={list.status.value} count={count} empty={<EmptyLibrary />} />
            <VirtualList
                label={strings.shell.artists}
                count={count}
                minCellWidth={260}
                gap={8}
                cellHeight={rowHeight}
                keyOf={(index) => list.at(index)?.id ?? `#${index}`}
                onRange={onRange}
                render={(index, tabIndex) => {
                    const artist = list.at(index);
                    if (!artist) return <div class="person is-blank" aria-hidden="true" />;
                    return (
                        <a class="person" href={`/artists/${artist.id}`} tabIndex={tabIndex}>
                            <Cover seed={artist.name} />
                            <span class="row-words">
                                <span class="row-title">{artist.name}</span>
                                <span class="row-artist">
                                    {words.albumsAndTracks(artist.albums, artist.tracks)}
                                </span>
                            </span>
                        </a>
                    );
                }}
            />
        </div>
    );
}
