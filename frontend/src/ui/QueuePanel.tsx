import { useSignal } from '@preact/signals';
import { useCallback, useLayoutEffect, useRef } from 'preact/hooks';
import { formatTime, formatTotal } from '../lib/format';
import { titleOf } from '../lib/rows';
import { addTo, createPlaylist } from '../model/playlists';
import { findTrack, knownTrack, watchTrack } from '../model/tracks';
import { player } from '../player';
import { strings } from '../strings';
import { TrackArt } from './Artwork';
import { askName } from './AskName';
import { CloseIcon, GripIcon, MoreIcon, PlaylistIcon, TrashIcon } from './icons';
import { openMenu, placeOf } from './Menu';
import { trackItems } from './trackMenu';
import { Bars } from './TrackRows';
import { VirtualList } from './VirtualList';

const words = strings.library;
const kRowPx = 56;
const rowHeight = () => kRowPx;
/** The lengths of so many tracks are added up; the queue may be longer. */
const kMostSummed = 500;

function need(ids: readonly string[]): void {
    for (const id of ids) {
        if (knownTrack(id)) continue;
        findTrack(id).catch(() => {
            // Its row stays blank; playing it says why.
        });
    }
}

/** "23 tracks to come, 1 h 30 min" */
function restOf(ids: readonly string[], index: number): string {
    const rest = ids.slice(index + 1);
    if (rest.length === 0) return words.nothingToCome;
    const known = rest.slice(0, kMostSummed).map(watchTrack);
    const all = rest.length <= kMostSummed && known.every((track) => track !== undefined);
    const seconds = known.reduce((sum, track) => sum + (track?.durationSeconds ?? 0), 0);
    return words.toCome(rest.length, all ? formatTotal(seconds) : '');
}

/** What plays, what comes next, and what was before; in any order that the listener wants. */
export function QueuePanel() {
    const { ids, index: current } = player.queue.value;
    const dragged = useSignal<number | undefined>(undefined);
    const dropAt = useSignal<number | undefined>(undefined);
    const focus = useRef<((index: number) => void) | undefined>(undefined);
    const panel = useRef<HTMLDivElement>(null);
    // What plays comes first; what was before is above it. A new track scrolls only where the
    // listener has not scrolled away.
    const lastTop = useRef<number | undefined>(undefined);
    useLayoutEffect(() => {
        const scroller = panel.current?.closest<HTMLElement>('[data-scroller]');
        const list = panel.current?.querySelector<HTMLElement>('.queue');
        if (!scroller || !list || scroller.id === 'page') return;
        if (lastTop.current !== undefined && Math.abs(scroller.scrollTop - lastTop.current) > 4)
            return;
        const above = list.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
        const top = current > 1 ? above + scroller.scrollTop + (current - 1) * kRowPx : 0;
        scroller.scrollTop = top;
        lastTop.current = scroller.scrollTop;
    }, [current, ids.length > 0]);
    const onRange = useCallback((begin: number, end: number) => need(ids.slice(begin, end)), [ids]);
    if (ids.length === 0) return <p class="quiet panel-empty">{strings.player.queueEmpty}</p>;

    const move = (from: number, before: number) => {
        const to = from < before ? before - 1 : before;
        if (to >= 0 && to < ids.length) player.moveEntry(from, to);
    };
    const end = () => {
        const from = dragged.peek();
        const to = dropAt.peek();
        dragged.value = undefined;
        dropAt.value = undefined;
        return { from, to };
    };
    return (
        <div ref={panel} class="queue-panel">
            <div class="queue-head">
                <p class="quiet" role="status">
                    {restOf(ids, current)}
                </p>
                <button
                    type="button"
                    class="round"
                    aria-label={words.saveQueue}
                    title={words.saveQueue}
                    onClick={() =>
                        askName(words.saveQueue, '', (name) => {
                            void createPlaylist(name).then(async (made) => {
                                if (!made) return;
                                const tracks = await Promise.all(ids.map(findTrack));
                                await addTo(made, tracks);
                            });
                        })
                    }
                >
                    <PlaylistIcon />
                </button>
                <button
                    type="button"
                    class="round"
                    aria-label={words.clearQueue}
                    title={words.clearQueue}
                    onClick={() => player.clear()}
                >
                    <TrashIcon />
                </button>
            </div>
            <VirtualList
                class="queue"
                label={strings.shell.queue}
                count={ids.length}
                cellHeight={rowHeight}
                keyOf={(index) => `${index}:${ids[index]}`}
                onRange={onRange}
                focusRef={focus}
                startIndex={() => current}
                onKey={(event, index) => {
                    const { key } = event;
                    if (event.altKey && (key === 'ArrowUp' || key === 'ArrowDown')) {
                        const to = index + (key === 'ArrowDown' ? 1 : -1);
                        if (to >= 0 && to < ids.length) {
                            player.moveEntry(index, to);
                            focus.current?.(to);
                        }
                    } else if (key === 'Delete' || key === 'Backspace') {
                        player.removeAt(index);
                        const left = player.queue.peek().ids.length;
                        if (left > 0) focus.current?.(Math.min(index, left - 1));
                    } else return;
                    event.preventDefault();
                    event.stopPropagation();
                }}
                render={(index, tabIndex) => {
                    const id = ids[index] as string;
                    const track = watchTrack(id);
                    const title = track ? titleOf(track) : '';
                    const isCurrent = index === current;
                    const drops =
                        dropAt.value === index
                            ? ' is-drop'
                            : dropAt.value === ids.length && index === ids.length - 1
                              ? ' is-drop-below'
                              : '';
                    const menu = (event: MouseEvent) => {
                        if (!track) return;
                        const place = placeOf(event);
                        openMenu(
                            place,
                            words.menuFor(title),
                            trackItems(track, {
                                own: [
                                    {
                                        label: words.takeOutOfQueue,
                                        icon: TrashIcon,
                                        apart: true,
                                        act: () => player.removeAt(index),
                                    },
                                ],
                                openRatings: (items) => openMenu(place, words.rate, items),
                            }),
                        );
                    };
                    return (
                        <div
                            class={`queue-row${isCurrent ? ' is-current' : ''}${index < current ? ' is-past' : ''}${drops}`}
                            draggable
                            onContextMenu={menu}
                            onDragStart={(event) => {
                                dragged.value = index;
                                event.dataTransfer?.setData('text/plain', title);
                            }}
                            onDragOver={(event) => {
                                if (dragged.peek() === undefined) return;
                                event.preventDefault();
                                const box = event.currentTarget.getBoundingClientRect();
                                const below = event.clientY > box.top + box.height / 2;
                                dropAt.value = index + (below ? 1 : 0);
                            }}
                            onDrop={(event) => {
                                event.preventDefault();
                                const { from, to } = end();
                                if (from !== undefined && to !== undefined) move(from, to);
                            }}
                            onDragEnd={end}
                        >
                            <span class="queue-grip" aria-hidden="true">
                                <GripIcon />
                            </span>
                            <span class="track-lead">
                                <TrackArt track={track} size={40} />
                                {isCurrent && <Bars />}
                            </span>
                            <button
                                type="button"
                                data-focus
                                class="queue-play"
                                tabIndex={tabIndex}
                                aria-current={isCurrent ? 'true' : undefined}
                                aria-label={words.playFromQueue(title, index + 1)}
                                aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown Delete"
                                onClick={() => {
                                    if (isCurrent) player.toggle();
                                    else player.jumpTo(index);
                                }}
                            >
                                <span class="row-words">
                                    <span class="row-title">{title}</span>
                                    <span class="row-artist">{track?.artist}</span>
                                </span>
                            </button>
                            <span class="row-time">
                                {track ? formatTime(track.durationSeconds) : ''}
                            </span>
                            <button
                                type="button"
                                class="round queue-more"
                                tabIndex={-1}
                                aria-haspopup="menu"
                                aria-label={words.menuFor(title)}
                                onClick={menu}
                            >
                                <MoreIcon />
                            </button>
                            <button
                                type="button"
                                class="round queue-remove"
                                tabIndex={-1}
                                aria-label={words.removeFromQueue(title)}
                                title={words.takeOutOfQueue}
                                onClick={() => player.removeAt(index)}
                            >
                                <CloseIcon />
                            </button>
                        </div>
                    );
                }}
            />
        </div>
    );
}
