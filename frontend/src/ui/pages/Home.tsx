import { useMemo } from 'preact/hooks';
import { catalog, type Album, type PlayedTrack, type Query } from '../../api/catalog';
import type { Track } from '../../api/types';
import { PagedList } from '../../lib/pagedList';
import { useQuiet } from '../../lib/quiet';
import { titleOf } from '../../lib/rows';
import { trackList } from '../../model/lists';
import { play, playAnything, playRow } from '../../model/playing';
import { health, scanning, unreachable } from '../../model/library';
import { player } from '../../player';
import { strings } from '../../strings';
import { Shelf } from '../Albums';
import { TrackArt } from '../Artwork';
import { PauseIcon, PlayIcon, ShuffleIcon } from '../icons';
import { EmptyLibrary } from '../States';
import { TrackRows } from '../TrackRows';
import { NotAnswering } from './parts';
import { useLoaded } from './useLoaded';

const words = strings.library;
const kShelf = 18;
const kMostPlayed = 8;
const kRecent = 40;
const kRecentShown = 8;
/** The same handful of albums all day: a suggestion that changes under the hand is none. */
const seedOfToday = () => String(Math.floor(Date.now() / 86_400_000));

const itself = (track: Track) => track;
const idOf = (track: Track) => track.id;

const albums = (query: Query) => async (stop: AbortSignal) =>
    (await catalog.albums(query, { limit: kShelf }, stop)).items;

function greeting(): string {
    const hour = new Date().getHours();
    if (hour < 5) return words.goodNight;
    if (hour < 12) return words.goodMorning;
    if (hour < 18) return words.goodAfternoon;
    return words.goodEvening;
}

export default function HomePage() {
    const { value: added, failure } = useLoaded('added', albums({ sort: 'added', order: 'desc' }));
    const { value: recent } = useLoaded('recent', async (stop) => {
        const { items } = await catalog.plays({ limit: kRecent }, stop);
        return oncePerAlbum(items);
    });
    const quiet = useQuiet();
    if (failure || (unreachable.value && !added)) return <NotAnswering />;
    if (added?.length === 0 && (health.value?.tracks ?? 0) === 0) return <EmptyLibrary />;
    return (
        <div class="page-body home">
            <header class="page-head">
                <h2>{greeting()}</h2>
                <div class="page-tools">
                    <button type="button" class="plain" onClick={() => void playAnything()}>
                        <ShuffleIcon />
                        {words.surprise}
                    </button>
                </div>
            </header>
            <Continue recent={recent} />
            <Shelf
                title={words.recentlyAdded}
                href="/albums?sort=added"
                albums={withoutRest(added, scanning.value)}
                eager
            />
            {quiet && <Below />}
        </div>
    );
}

/** What is seen when one scrolls. */
function Below() {
    const { value: chance } = useLoaded('chance', albums({ sort: 'random', seed: seedOfToday() }));
    const most = trackList({ sort: 'plays', order: 'desc' });
    const { value: favourites } = useLoaded('most', () => most.take(0, kMostPlayed));
    const mostList = useMemo(() => PagedList.of((favourites ?? []).slice(0, kMostPlayed)), [favourites]);
    return (
        <>
            {favourites && favourites.length > 0 && (
                <section class="shelf" aria-label={words.mostPlayed}>
                    <h3>
                        <a href="/tracks?sort=plays">{words.mostPlayed}</a>
                    </h3>
                    <TrackRows
                        list={mostList}
                        trackOf={itself}
                        keyOf={idOf}
                        label={words.mostPlayed}
                        lead="art"
                        columns={['album', 'plays']}
                        onPlay={(index) => void playRow(most, index)}
                    />
                </section>
            )}
            <Shelf title={words.somethingElse} href="/albums?sort=random" albums={chance} />
        </>
    );
}

/** While files are being read the newest albums come and go: they are shown as they are. */
const withoutRest = (found: readonly Album[] | undefined, reading: boolean) =>
    reading && found?.length === 0 ? undefined : found;

function oncePerAlbum(plays: readonly PlayedTrack[]): Track[] {
    const seen = new Set<string>();
    return plays
        .map(({ track }) => track)
        .filter((track) => {
            const key = track.albumId ?? track.id;
            if (seen.has(key) || track.missing) return false;
            seen.add(key);
            return true;
        })
        .slice(0, kRecentShown);
}

/** What was heard last: one press, and it goes on. */
function Continue({ recent }: { recent: readonly Track[] | undefined }) {
    const current = player.track.value;
    const others = (recent ?? []).filter(
        (track) => track.id !== current?.id && (!current || track.albumId !== current.albumId),
    );
    const shown = current ? [current, ...others].slice(0, kRecentShown) : others;
    if (shown.length === 0) return null;
    return (
        <section class="shelf" aria-label={words.goOn}>
            <h3>{words.goOn}</h3>
            <ul class="go-on">
                {shown.map((track) => {
                    const isCurrent = track.id === current?.id;
                    const playing = isCurrent && player.playing.value;
                    return (
                        <li key={track.id} class="go-on-item">
                            <TrackArt track={track} size={64} eager />
                            <span class="row-words">
                                {track.albumId ? (
                                    <a class="row-title" href={`/albums/${track.albumId}`}>
                                        {track.album}
                                    </a>
                                ) : (
                                    <span class="row-title">{titleOf(track)}</span>
                                )}
                                <span class="row-artist">{track.artist}</span>
                            </span>
                            <button
                                type="button"
                                class="round"
                                aria-label={
                                    playing
                                        ? words.pauseTrack(titleOf(track))
                                        : words.goOnWith(track.album || titleOf(track))
                                }
                                onClick={() => {
                                    if (isCurrent) player.toggle();
                                    else if (track.albumId)
                                        void play(trackList({ album: track.albumId }));
                                    else void play([track]);
                                }}
                            >
                                {playing ? <PauseIcon /> : <PlayIcon />}
                            </button>
                        </li>
                    );
                })}
            </ul>
        </section>
    );
}
