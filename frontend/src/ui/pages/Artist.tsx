import { catalog } from '../../api/catalog';
import type { Track } from '../../api/types';
import { albumList, trackList } from '../../model/lists';
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

export default function ArtistPage({ params }: PageProps) {
    const id = params['id'] ?? '';
    const tracks = trackList({ artist: id });
    const albums = albumList({ artist: id, sort: 'year', order: 'desc' });
    const { value: artist, failure } = useLoaded(id, (stop) => catalog.artist(id, stop));
    // Both are there before they are looked at, so that an empty one leaves no heading behind.
    if (albums.status.value === 'loading') albums.need(0, 20);
    if (tracks.status.value === 'loading') tracks.need(0, 20);
    if (failure === 'absent') return <Instead title={words.noArtist} />;
    if (failure) return <NotAnswering />;
    if (!artist) return <p class="lazy-wait" role="status" aria-label={strings.shell.loading} />;
    const first = albums.at(0);
    return (
        <div class="page-body">
            <Hero
                kind={words.artist}
                title={artist.name}
                art={<Cover seed={artist.name} />}
                backdrop={first && catalog.albumArtUrl(first.id, 64)}
                source={tracks}
                menu={musicItems(tracks, { kind: 'artist', id, label: artist.name })}
                lines={<p class="quiet">{words.albumsAndTracks(artist.albums, artist.tracks)}</p>}
            />
            {albums.count.value > 0 && (
                <section aria-label={strings.shell.albums}>
                    <h3 class="section">{strings.shell.albums}</h3>
                    <AlbumGrid list={albums} label={strings.shell.albums} />
                </section>
            )}
            {tracks.count.value > 0 && (
                <section aria-label={strings.shell.tracks}>
                    <h3 class="section">{strings.shell.tracks}</h3>
                    <TrackRows
                        list={tracks}
                        trackOf={itself}
                        keyOf={idOf}
                        label={strings.shell.tracks}
                        columns={['album', 'year']}
                        artist={artist.name}
                        onPlay={(index) => void playRow(tracks, index)}
                    />
                </section>
            )}
        </div>
    );
}
