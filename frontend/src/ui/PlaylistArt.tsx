import { catalog, type Playlist } from '../api/catalog';
import { AlbumArt } from './Artwork';
import { Cover } from './Cover';
import { useLoaded } from './pages/useLoaded';

const kLookedAt = 24;

/** The pictures of the first four albums of a playlist, or a drawn one. */
export function PlaylistArt({ playlist, size }: { playlist: Playlist; size: number }) {
    const { value: albums } = useLoaded(
        `${playlist.id}:${playlist.revision}`,
        async (stop): Promise<string[]> => {
            const { items } = await catalog.playlistTracks(
                playlist.id,
                { limit: kLookedAt },
                stop,
            );
            return [...new Set(items.flatMap(({ track }) => track.albumId ?? []))].slice(0, 4);
        },
    );
    const [one] = albums ?? [];
    if (albums && albums.length >= 4) {
        return (
            <span class="art mosaic">
                {albums.map((id) => (
                    <AlbumArt key={id} id={id} size={size / 2} />
                ))}
            </span>
        );
    }
    if (one) return <AlbumArt id={one} size={size} />;
    return <Cover seed={playlist.name} />;
}
