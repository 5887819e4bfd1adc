import { catalog } from '../../api/catalog';
import type { Track } from '../../api/types';
import { cursorList } from '../../model/lists';
import { play, playRow, playShuffled } from '../../model/playing';
import { strings } from '../../strings';
import { PlayIcon, ShuffleIcon } from '../icons';
import { TrackRows } from '../TrackRows';
import { Instead, ListState, PageHead } from './parts';

const words = strings.library;
const itself = (track: Track) => track;
const idOf = (track: Track) => track.id;

export default function FavouritesPage() {
    const list = cursorList<Track>('stars', catalog.stars, itself);
    if (list.status.value === 'loading') list.need(0, 40);
    const count = list.count.value;
    return (
        <div class="page-body">
            <PageHead
                title={strings.shell.favourites}
                facts={list.exact && count > 0 ? strings.shell.trackCount(count) : undefined}
            >
                {count > 0 && (
                    <>
                        <button type="button" class="filled" onClick={() => void play(list)}>
                            <PlayIcon />
                            {words.play}
                        </button>
                        <button
                            type="button"
                            class="plain"
                            onClick={() => void playShuffled(list)}
                        >
                            <ShuffleIcon />
                            {words.shuffle}
                        </button>
                    </>
                )}
            </PageHead>
            <ListState
                status={list.status.value}
                count={count}
                empty={<Instead title={words.noFavourites} text={words.noFavouritesText} />}
            />
            <TrackRows
                list={list}
                trackOf={itself}
                keyOf={idOf}
                label={strings.shell.favourites}
                columns={['album']}
                onPlay={(index) => void playRow(list, index)}
            />
        </div>
    );
}
