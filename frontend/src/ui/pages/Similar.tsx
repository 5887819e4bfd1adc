import { useMemo } from 'preact/hooks';
import { catalog } from '../../api/catalog';
import type { Track } from '../../api/types';
import { PagedList } from '../../lib/pagedList';
import { titleOf } from '../../lib/rows';
import { playRadio, playRow } from '../../model/playing';
import { meet } from '../../model/tracks';
import { strings } from '../../strings';
import { RadioIcon } from '../icons';
import { TrackRows } from '../TrackRows';
import { Instead, NotAnswering, PageHead } from './parts';
import type { PageProps } from './registry';
import { useLoaded } from './useLoaded';

const words = strings.library;
const kMost = 100;
const itself = (track: Track) => track;
const idOf = (track: Track) => track.id;

/** Tracks that sound like one. */
export default function SimilarPage({ params }: PageProps) {
    const id = params['id'] ?? '';
    const { value, failure } = useLoaded(id, async (stop) => {
        const [track, answer] = await Promise.all([
            catalog.track(id, stop),
            catalog.similar(id, kMost, stop),
        ]);
        const tracks = answer.similar.map((near) => near.track);
        meet([track, ...tracks]);
        return { track, tracks, analysed: answer.analysed };
    });
    const list = useMemo(() => PagedList.of(value?.tracks ?? []), [value]);
    if (failure === 'absent') return <Instead title={words.noTrack} />;
    if (failure) return <NotAnswering />;
    if (!value) return <p class="lazy-wait" role="status" aria-label={strings.shell.loading} />;
    return (
        <div class="page-body">
            <PageHead title={words.soundsLike(titleOf(value.track))} facts={value.track.artist}>
                {value.analysed && (
                    <button
                        type="button"
                        class="filled"
                        onClick={() => void playRadio(value.track)}
                    >
                        <RadioIcon />
                        {words.radio}
                    </button>
                )}
            </PageHead>
            {!value.analysed && <Instead title={words.notMeasuredYet} />}
            <TrackRows
                list={list}
                trackOf={itself}
                keyOf={idOf}
                label={words.soundsLike(titleOf(value.track))}
                columns={['album', 'genre']}
                onPlay={(index) => void playRow(list, index)}
            />
        </div>
    );
}
