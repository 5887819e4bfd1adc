import { catalog } from '../../api/catalog';
import { albumList, trackList } from '../../model/lists';
import { strings } from '../../strings';
import { Cover } from '../Cover';
import { musicItems } from '../trackMenu';
import { Hero, Instead, NotAnswering } from './parts';
import type { PageProps } from './registry';
import { useLoaded } from './useLoaded';
import { needWorks, Works } from './Works';

const words = strings.library;

export default function ArtistPage({ params }: PageProps) {
    const id = params['id'] ?? '';
    const tracks = trackList({ artist: id });
    const albums = albumList({ artist: id, sort: 'year', order: 'desc' });
    const { value: artist, failure } = useLoaded(id, (stop) => catalog.artist(id, stop));
    needWorks(albums, tracks);
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
            <Works albums={albums} tracks={tracks} artist={artist.name} />
        </div>
    );
}
