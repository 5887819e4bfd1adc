import type { Album } from '../../api/catalog';
import type { Track } from '../../api/types';
import type { PagedList } from '../../lib/pagedList';
import { playRow } from '../../model/playing';
import { strings } from '../../strings';
import { AlbumGrid } from '../Albums';
import { TrackRows } from '../TrackRows';

const itself = (track: Track) => track;
const idOf = (track: Track) => track.id;

/** Has both there before they are looked at, so that an empty one leaves no heading behind. */
export function needWorks(albums: PagedList<Album>, tracks: PagedList<Track>): void {
    if (albums.status.value === 'loading') albums.need(0, 20);
    if (tracks.status.value === 'loading') tracks.need(0, 20);
}

/** The albums and the tracks of an artist or a genre. */
export function Works(props: {
    albums: PagedList<Album>;
    tracks: PagedList<Track>;
    /** Need not be named in every row. */
    artist?: string;
}) {
    const { albums, tracks, artist } = props;
    return (
        <>
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
                        artist={artist}
                        onPlay={(index) => void playRow(tracks, index)}
                    />
                </section>
            )}
        </>
    );
}
