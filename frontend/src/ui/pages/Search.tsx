import { signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { catalog } from '../../api/catalog';
import type { Track } from '../../api/types';
import { PagedList } from '../../lib/pagedList';
import { playRow } from '../../model/playing';
import { meet } from '../../model/tracks';
import { strings } from '../../strings';
import { Shelf } from '../Albums';
import { Cover } from '../Cover';
import { TrackRows } from '../TrackRows';
import { Instead, NotAnswering } from './parts';
import type { PageProps } from './registry';
import { useLoaded } from './useLoaded';

const words = strings.library;
const kMost = 100;
const kMostShown = 12;
const itself = (track: Track) => track;
const idOf = (track: Track) => track.id;

type Answer = Awaited<ReturnType<typeof catalog.search>> & { words: string };
/** What was found last stays until the next answer is there: no flicker while one types. */
const last = signal<Answer | undefined>(undefined);

export default function SearchPage({ query }: PageProps) {
    const asked = (query.get('q') ?? '').trim();
    const { failure } = useLoaded(asked, async (stop) => {
        if (!asked) return undefined;
        const found = await catalog.search(asked, kMost, stop);
        meet(found.tracks);
        last.value = { ...found, words: asked };
        return found;
    });
    const answer = last.value;
    const list = useMemo(() => PagedList.of(answer?.tracks ?? []), [answer]);
    if (!asked) return <Instead title={strings.shell.search} text={words.searchHint} />;
    if (failure) return <NotAnswering />;
    if (!answer) return <p class="lazy-wait" role="status" aria-label={strings.shell.loading} />;
    const { artists, albums, tracks } = answer;
    const nothing = artists.length + albums.length + tracks.length === 0;
    if (nothing && answer.words === asked) {
        return <Instead title={words.nothingFound} text={words.noMatch(asked)} />;
    }
    return (
        <div class="page-body" aria-busy={answer.words !== asked}>
            <p class="unseen" role="status">
                {words.found(artists.length, albums.length, tracks.length)}
            </p>
            {artists.length > 0 && (
                <section class="shelf" aria-label={strings.shell.artists}>
                    <h3>{strings.shell.artists}</h3>
                    <ul class="people">
                        {artists.slice(0, kMostShown).map((artist) => (
                            <li key={artist.id}>
                                <a class="person" href={`/artists/${artist.id}`}>
                                    <Cover seed={artist.name} />
                                    <span class="row-words">
                                        <span class="row-title">{artist.name}</span>
                                        <span class="row-artist">
                                            {words.albumsAndTracks(artist.albums, artist.tracks)}
                                        </span>
                                    </span>
                                </a>
                            </li>
                        ))}
                    </ul>
                </section>
            )}
            <Shelf title={strings.shell.albums} albums={albums.slice(0, kMostShown)} />
            {tracks.length > 0 && (
                <section aria-label={strings.shell.tracks}>
                    <h3 class="section">{strings.shell.tracks}</h3>
                    <TrackRows
                        list={list}
                        trackOf={itself}
                        keyOf={idOf}
                        label={strings.shell.tracks}
                        columns={['album']}
                        onPlay={(index) => void playRow(list, index)}
                    />
                </section>
            )}
        </div>
    );
}
