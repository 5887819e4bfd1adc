import { plural } from '../../lib/format';
import { albumList } from '../../model/lists';
import { strings } from '../../strings';
import { AlbumGrid } from '../Albums';
import { EmptyLibrary } from '../States';
import { ListPage } from './ListPage';
import { QueryChoice } from './parts';
import type { PageProps } from './registry';

const words = strings.library;
const kSorts = ['artist', 'title', 'year', 'added', 'tracks', 'duration', 'random'] as const;
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
    return (
        <ListPage
            title={strings.shell.albums}
            factsOf={(count) => plural(count, 'album')}
            list={list}
            query={query}
            sorts={kSorts}
            first={sort === 'random' ? undefined : first}
            choices={
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
            }
            empty={<EmptyLibrary />}
        >
            <AlbumGrid list={list} label={strings.shell.albums} />
        </ListPage>
    );
}
