import { useEffect } from 'preact/hooks';
import { plural } from '../../lib/format';
import { albumList } from '../../model/lists';
import { strings } from '../../strings';
import { AlbumGrid } from '../Albums';
import { EmptyLibrary } from '../States';
import { ListState, OrderButton, PageHead, QueryChoice } from './parts';
import type { PageProps } from './registry';

const words = strings.library;

/** Sorts that begin with the most: the newest, the longest. */
const kDescending = new Set(['added', 'tracks', 'duration', 'year']);

export default function AlbumsPage({ query }: PageProps) {
    const sort = query.get('sort') ?? 'artist';
    const first = kDescending.has(sort) ? 'desc' : 'asc';
    const list = albumList({
        sort,
        order: query.get('order') ?? first,
        compilation: query.get('compilation') ?? undefined,
        seed: sort === 'random' ? (query.get('seed') ?? '1') : undefined,
    });
    useEffect(() => list.need(0, 40), [list]);
    const count = list.count.value;
    return (
        <div class="page-body">
            <PageHead
                title={strings.shell.albums}
                facts={count > 0 && list.exact ? plural(count, 'album') : undefined}
            >
                <QueryChoice
                    name="compilation"
                    label={words.which}
                    query={query}
                    choices={[
                        { value: 'any', label: words.allAlbums },
                        { value: 'false', label: words.byOneArtist },
                        { value: 'true', label: words.compilations },
                    ]}
                />
                <QueryChoice
                    name="sort"
                    label={words.sortBy}
                    query={query}
                    resets={{ order: undefined }}
                    choices={[
                        { value: 'artist', label: words.sorts.artist },
                        { value: 'title', label: words.sorts.title },
                        { value: 'year', label: words.sorts.year },
                        { value: 'added', label: words.sorts.added },
                        { value: 'tracks', label: words.sorts.tracks },
                        { value: 'duration', label: words.sorts.duration },
                        { value: 'random', label: words.sorts.random },
                    ]}
                />
                {sort !== 'random' && <OrderButton query={query} first={first} />}
            </PageHead>
            <ListState status={list.status.value} count={count} empty={<EmptyLibrary />} />
            <AlbumGrid list={list} label={strings.shell.albums} />
        </div>
    );
}
