import { useMemo } from 'preact/hooks';
import { catalog } from '../../api/catalog';
import type { Track } from '../../api/types';
import { formatTotal, plural } from '../../lib/format';
import { PagedList } from '../../lib/pagedList';
import { albumList, trackList } from '../../model/lists';
import { playRow } from '../../model/playing';
import { strings } from '../../strings';
import { AlbumArt } from '../Artwork';
import { albumItems, Shelf } from '../Albums';
import { TrackRows } from '../TrackRows';
import { Hero, Instead, NotAnswering } from './parts';
import type { PageProps } from './registry';
import { useLoaded } from './useLoaded';

const words = strings.library;
/** More than any album has. */
const kMostTracks = 2000;
const kMoreAlbums = 12;

const itself = (track: Track) => track;
const idOf = (track: Track) => track.id;

interface Disc {
    number: number;
    /** Where it begins in the album. */
    begin: number;
    list: PagedList<Track>;
}

function discsOf(tracks: readonly Track[]): Disc[] {
    const discs: { number: number; begin: number; tracks: Track[] }[] = [];
    tracks.forEach((track, i) => {
        const disc = discs[discs.length - 1];
        if (disc?.number === track.discNumber) disc.tracks.push(track);
        else discs.push({ number: track.discNumber, begin: i, tracks: [track] });
    });
    return discs.map(({ number, begin, tracks: own }) => ({
        number,
        begin,
        list: PagedList.of(own),
    }));
}

export default function AlbumPage({ params }: PageProps) {
    const id = params['id'] ?? '';
    const list = trackList({ album: id });
    const { value: album, failure } = useLoaded(id, (stop) => catalog.album(id, stop));
    const { value: tracks } = useLoaded(id, () => list.take(0, kMostTracks));
    const discs = useMemo(() => discsOf(tracks ?? []), [tracks]);
    const artist = album?.artists[0];
    const { value: others } = useLoaded(`${artist?.id}`, async () =>
        artist && !album?.compilation
            ? albumList({ artist: artist.id, sort: 'year', order: 'desc' }).take(0, kMoreAlbums)
            : [],
    );
    if (failure === 'absent') return <Instead title={words.noAlbum} />;
    if (failure) return <NotAnswering />;
    if (!album) return <p class="lazy-wait" role="status" aria-label={strings.shell.loading} />;
    const genre = tracks?.find((track) => track.genre)?.genre;
    const more = others?.filter((other) => other.id !== id);
    return (
        <div class="page-body">
            <Hero
                kind={album.compilation ? words.compilation : words.album}
                title={album.title}
                art={<AlbumArt id={id} size={256} eager />}
                backdrop={catalog.albumArtUrl(id, 64)}
                source={list}
                menu={albumItems(album)}
                lines={
                    <>
                        <p class="hero-artist">
                            {album.artists.length > 0
                                ? album.artists.map(({ id: artistId, name }, i) => (
                                      <span key={artistId}>
                                          {i > 0 && ', '}
                                          <a href={`/artists/${artistId}`}>{name}</a>
                                      </span>
                                  ))
                                : words.unknownArtist}
                        </p>
                        <p class="quiet">
                            {[
                                album.year > 0 ? String(album.year) : '',
                                plural(album.tracks, 'track'),
                                formatTotal(album.durationSeconds),
                            ]
                                .filter(Boolean)
                                .join(' · ')}
                            {genre && (
                                <>
                                    {' · '}
                                    <a href={`/genres/${encodeURIComponent(genre)}`}>{genre}</a>
                                </>
                            )}
                        </p>
                    </>
                }
            />
            {discs.map((disc) => (
                <section key={disc.begin} aria-label={words.disc(disc.number)}>
                    {discs.length > 1 && disc.number > 0 && <h3 class="disc">{words.disc(disc.number)}</h3>}
                    <TrackRows
                        list={disc.list}
                        trackOf={itself}
                        keyOf={idOf}
                        label={discs.length > 1 ? words.disc(disc.number) : album.title}
                        lead="number"
                        artist={album.artist}
                        columns={['plays']}
                        onPlay={(index) => void playRow(list, disc.begin + index)}
                    />
                </section>
            ))}
            {artist && (
                <Shelf
                    title={words.moreBy(artist.name)}
                    href={`/artists/${artist.id}`}
                    albums={more ?? []}
                />
            )}
        </div>
    );
}
