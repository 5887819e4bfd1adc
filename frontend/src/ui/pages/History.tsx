import { catalog, type PlayedTrack } from '../../api/catalog';
import { cursorList } from '../../model/lists';
import { play } from '../../model/playing';
import { strings } from '../../strings';
import { TrackRows } from '../TrackRows';
import { Instead, ListState, PageHead } from './parts';

const words = strings.library;
const trackOf = (played: PlayedTrack) => played.track;
const keyOf = (played: PlayedTrack) => `${played.startedAtMs}:${played.track.id}`;

const kTime = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hour12: false });
const kDay = new Intl.DateTimeFormat('en', { weekday: 'short', day: 'numeric', month: 'short' });

function whenOf({ startedAtMs }: PlayedTrack): string {
    const today = new Date().toDateString() === new Date(startedAtMs).toDateString();
    const time = kTime.format(startedAtMs);
    return today ? words.todayAt(time) : `${kDay.format(startedAtMs)}, ${time}`;
}

export default function HistoryPage() {
    const list = cursorList<PlayedTrack>('plays', catalog.plays, trackOf);
    if (list.status.value === 'loading') list.need(0, 40);
    return (
        <div class="page-body">
            <PageHead title={strings.shell.history}>
                <a class="plain" href="/tracks?sort=plays">
                    {words.mostPlayed}
                </a>
            </PageHead>
            <ListState
                status={list.status.value}
                count={list.count.value}
                empty={<Instead title={words.nothingPlayed} text={words.nothingPlayedText} />}
            />
            <TrackRows
                list={list}
                trackOf={trackOf}
                keyOf={keyOf}
                label={strings.shell.history}
                columns={['album']}
                note={whenOf}
                onPlay={(index) => {
                    const played = list.at(index);
                    if (played) void play([played.track]);
                }}
            />
        </div>
    );
}
