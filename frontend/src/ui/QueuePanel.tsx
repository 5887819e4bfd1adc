import { useCallback } from 'preact/hooks';
import { formatTime } from '../lib/format';
import { titleOf } from '../lib/rows';
import { findTrack, knownTrack } from '../model/library';
import { player } from '../player';
import { strings } from '../strings';
import { coverSeedOf } from './Dock';
import { Cover } from './Cover';
import { VirtualList } from './VirtualList';
import { signal } from '@preact/signals';
import type { Track } from '../api/types';

const rowHeight = () => 56;
const fetched = signal<ReadonlyMap<string, Track>>(new Map());

function need(ids: readonly string[]): void {
    for (const id of ids) {
        if (knownTrack(id) || fetched.peek().has(id)) continue;
        findTrack(id).then(
            (track) => (fetched.value = new Map(fetched.peek()).set(id, track)),
            () => {
                // Its row stays blank; playing it says why.
            },
        );
    }
}

/** What plays, what comes next, and what was before. */
export function QueuePanel() {
    const { ids, index: current } = player.queue.value;
    const onRange = useCallback(
        (begin: number, end: number) => need(ids.slice(begin, end)),
        [ids],
    );
    if (ids.length === 0) return <p class="quiet panel-empty">{strings.player.queueEmpty}</p>;
    return (
        <VirtualList
            class="queue"
            label={strings.shell.queue}
            count={ids.length}
            cellHeight={rowHeight}
            keyOf={(index) => `${index}:${ids[index]}`}
            onRange={onRange}
            render={(index, tabIndex) => {
                const id = ids[index] as string;
                const track = knownTrack(id) ?? fetched.value.get(id);
                return (
                    <button
                        type="button"
                        data-focus
                        class={`queue-row${index === current ? ' is-current' : ''}`}
                        tabIndex={tabIndex}
                        aria-current={index === current ? 'true' : undefined}
                        onClick={() => player.playFrom(ids, id)}
                    >
                        {track && <Cover seed={coverSeedOf(track)} />}
                        <span class="row-words">
                            <span class="row-title">{track ? titleOf(track) : ''}</span>
                            <span class="row-artist">{track?.artist}</span>
                        </span>
                        <span class="row-time">
                            {track ? formatTime(track.durationSeconds) : ''}
                        </span>
                    </button>
                );
            }}
        />
    );
}
