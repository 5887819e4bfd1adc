import { catalog, type Genre } from '../../api/catalog';
import type { Track } from '../../api/types';
import { albumList, genreList, trackList } from '../../model/lists';
import { playRow } from '../../model/playing';
import { strings } from '../../strings';
import { AlbumGrid } from '../Albums';
import { Cover } from '../Cover';
import { musicItems } from '../trackMenu';
import { TrackRows } from '../TrackRows';
import { Hero, Instead, NotAnswering } from './parts';
import type { PageProps } from './registry';
import { useLoaded } from './useLoaded';

const words = strings.library;
const itself = (track: Track) => track;
const idOf = (track: Track) => track.id;
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
    if (albums.status.value === 'loading') albums.need(0, 20);
    if (tracks.status.value === 'loading') tracks.need(0, 20);
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
            {albums.count.value > 0 && (
                <section aria-label={strings.shell.albums}>
                    <h3 class="section">{strings.shell.albums}</h3>
                    <AlbumGrid list={albums} label={strings.shell.albums} />
                </section>
            )}
            <section aria-label={strings.shell.tracks}>
                <h3 class="section">{strings.shell.tracks}</h3>
                <TrackRows
                    list={tracks}
                    trackOf={itself}
                    keyOf={idOf}
                    label={strings.shell.tracks}
                    columns={['album', 'year']}
                    onPlay={(index) => void playRow(tracks, index)}
                />
            </section>
        </div>
    );
}
