import { plural } from '../../lib/format';
import { artistList } from '../../model/lists';
import { strings } from '../../strings';
import { Cover } from '../Cover';
import { ListGrid } from '../ListGrid';
import { EmptyLibrary } from '../States';
import { ListPage } from './ListPage';
import { QueryChoice } from './parts';
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
    const roles = Object.entries(words.roles).map(([value, label]) => ({ value, label }));
    return (
        <ListPage
            title={strings.shell.artists}
            factsOf={(count) => plural(count, 'artist')}
            list={list}
            query={query}
            sorts={['name', 'albums', 'tracks']}
            first={first}
            choices={<QueryChoice name="role" label={words.role} query={query} choices={roles} />}
            empty={<EmptyLibrary />}
        >
            <ListGrid
                list={list}
                label={strings.shell.artists}
                minCellWidth={260}
                gap={8}
                cellHeight={rowHeight}
                blank={<div class="person is-blank" aria-hidden="true" />}
                render={({ id, name, albums, tracks }, tabIndex) => (
                    <a class="person" href={`/artists/${id}`} tabIndex={tabIndex}>
                        <Cover seed={name} />
                        <span class="row-words">
                            <span class="row-title">{name}</span>
                            <span class="row-artist">{words.albumsAndTracks(albums, tracks)}</span>
                        </span>
                    </a>
                )}
            />
        </ListPage>
    );
}
