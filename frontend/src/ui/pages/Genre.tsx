import { catalog, type Genre } from '../../api/catalog';
import { albumList, genreList, trackList } from '../../model/lists';
import { strings } from '../../strings';
import { Cover } from '../Cover';
import { musicItems } from '../trackMenu';
import { Hero, Instead, NotAnswering } from './parts';
import type { PageProps } from './registry';
import { useLoaded } from './useLoaded';
import { needWorks, Works } from './Works';

const words = strings.library;
/** More names than anybody has given; all are looked through for the one of the address. */
const kMostGenres = 20_000;

const folded = (name: string) => name.toLocaleLowerCase();

export default function GenrePage({ params }: PageProps) {
    const name = params['name'] ?? '';
    const genres = genreList({ sort: 'name', order: 'asc' });
    const { value: genre, failure } = useLoaded(name, async (): Promise<Genre | null> => {
        const all = await genres.take(0, kMostGenres);
        return all.find((one) => folded(one.name) === folded(name)) ?? null;
    });
    if (failure) return <NotAnswering />;
    if (genre === null) return <Instead title={words.noGenre(name)} />;
    if (!genre) return <p class="lazy-wait" role="status" aria-label={strings.shell.loading} />;
    return <Found genre={genre} />;
}

function Found({ genre }: { genre: Genre }) {
    const tracks = trackList({ genre: genre.id });
    const albums = albumList({ genre: genre.id, sort: 'year', order: 'desc' });
    needWorks(albums, tracks);
    const first = albums.at(0);
    return (
        <div class="page-body">
            <Hero
                kind={words.genre}
                title={genre.name}
                art={<Cover seed={genre.name} />}
                backdrop={first && catalog.albumArtUrl(first.id, 64)}
                source={tracks}
                menu={musicItems(tracks, {
                    kind: 'tracks',
                    trackIds: tracks.loaded(0, tracks.count.value).map(({ id }) => id),
                    label: genre.name,
                })}
                lines={<p class="quiet">{words.albumsAndTracks(genre.albums, genre.tracks)}</p>}
            />
            <Works albums={albums} tracks={tracks} />
        </div>
    );
}
