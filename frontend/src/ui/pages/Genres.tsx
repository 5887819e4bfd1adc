import { coverOf } from '../../lib/cover';
import { plural } from '../../lib/format';
import { genreList } from '../../model/lists';
import { strings } from '../../strings';
import { ListGrid } from '../ListGrid';
import { EmptyLibrary } from '../States';
import { ListPage } from './ListPage';
import type { PageProps } from './registry';

const words = strings.library;
const tileHeight = () => 104;

export default function GenresPage({ query }: PageProps) {
    const sort = query.get('sort') ?? 'name';
    const first = sort === 'name' ? 'asc' : 'desc';
    const list = genreList({ sort, order: query.get('order') ?? first });
    return (
        <ListPage
            title={strings.shell.genres}
            factsOf={(count) => plural(count, 'genre')}
            list={list}
            query={query}
            sorts={['name', 'albums', 'tracks']}
            first={first}
            empty={<EmptyLibrary title={words.noGenres} />}
        >
            <ListGrid
                list={list}
                label={strings.shell.genres}
                minCellWidth={190}
                gap={14}
                cellHeight={tileHeight}
                blank={<div class="genre is-blank" aria-hidden="true" />}
                render={({ name, albums, tracks }, tabIndex) => {
                    const [ground, a, b] = coverOf(name).colours;
                    return (
                        <a
                            class="genre"
                            href={`/genres/${encodeURIComponent(name)}`}
                            tabIndex={tabIndex}
                            style={{ '--a': ground, '--b': a, '--c': b }}
                        >
                            <strong>{name}</strong>
                            <span>{words.albumsAndTracks(albums, tracks)}</span>
                        </a>
                    );
                }}
            />
        </ListPage>
    );
}
