import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import type { Track } from '../api/types';
import { formatRate, formatTime } from '../lib/format';
import type { PagedList } from '../lib/pagedList';
import { kNonePicked, pickedRows, pickTo, togglePicked } from '../lib/picked';
import { titleOf } from '../lib/rows';
import { markOf, rate, toggleStar } from '../model/marks';
import { player } from '../player';
import { strings } from '../strings';
import { TrackArt } from './Artwork';
import { CloseIcon, MoreIcon, StarIcon } from './icons';
import { openMenu, placeOf, type MenuItem } from './Menu';
import { starsOf, trackItems, tracksItems } from './trackMenu';
import { VirtualList } from './VirtualList';

const words = strings.library;
const kRowPx = 56;
const rowHeight = () => kRowPx;

export type Column = 'album' | 'year' | 'genre' | 'plays' | 'added' | 'codec' | 'played' | 'rate';

let dayFormat: Intl.DateTimeFormat | undefined;

/** "7 Jun 2026". */
function dayOf(timeMs: number): string {
    // Made when a list shows days: it takes the browser as long as a screenful of rows.
    dayFormat ??= new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' });
    return dayFormat.format(timeMs);
}

function cellOf(column: Column, track: Track): string {
    switch (column) {
        case 'album':
            return track.album;
        case 'year':
            return track.year > 0 ? String(track.year) : '';
        case 'genre':
            return track.genre;
        case 'plays':
            return track.playCount > 0 ? words.plays(track.playCount) : '';
        case 'added':
            return dayOf(track.addedAtMs);
        case 'codec':
            return track.codec.toUpperCase();
        case 'played':
            return track.lastPlayedAtMs ? dayOf(track.lastPlayedAtMs) : '';
        case 'rate':
            return formatRate(track.sampleRateHz);
    }
}

export function Bars() {
    return (
        <span class={`bars${player.playing.value ? ' is-moving' : ''}`} aria-hidden="true">
            <i />
            <i />
            <i />
        </span>
    );
}

export interface TrackRowsProps<T> {
    list: PagedList<T>;
    trackOf: (row: T) => Track;
    label: string;
    onPlay: (index: number) => void;
    columns?: readonly Column[];
    /** In front of the title: the track's picture, its number on the album, or its place in the list. */
    lead?: 'art' | 'number' | 'place';
    /** Names the row; by default the place in the list. */
    keyOf?: ((row: T) => string) | undefined;
    /** What else a row says, at its end. */
    note?: ((row: T) => string) | undefined;
    /** More entries for the menu of rows. */
    itemsFor?: ((indexes: readonly number[]) => readonly MenuItem[]) | undefined;
    /** Lists whose order is the listener's: moves row `from` to stand before row `to`. */
    onMove?: ((from: number, to: number) => void) | undefined;
    /** Takes rows out. */
    onRemove?: ((indexes: readonly number[]) => void) | undefined;
    /** The artist is told where he is not this one, who stands above the list. */
    artist?: string | undefined;
}

/** A list of tracks: play, star, rate, pick several, and whatever a menu offers. */
export function TrackRows<T>(props: TrackRowsProps<T>) {
    const { list, trackOf, label, onPlay, columns = [], lead = 'art' } = props;
    const picked = useSignal(kNonePicked);
    const dragged = useSignal<number | undefined>(undefined);
    const dropAt = useSignal<number | undefined>(undefined);
    const focus = useRef<((index: number) => void) | undefined>(undefined);
    void list.revision.value;
    const count = list.count.value;
    const playingId = player.track.value?.id;

    useEffect(() => {
        picked.value = kNonePicked;
    }, [list]);
    const onRange = useCallback((begin: number, end: number) => list.need(begin, end), [list]);

    const trackAt = (index: number): Track | undefined => {
        const row = list.at(index);
        return row === undefined ? undefined : trackOf(row);
    };
    const pickedTracks = () =>
        pickedRows(picked.peek()).flatMap((index) => trackAt(index) ?? []);

    const menuFor = (event: MouseEvent | KeyboardEvent, index: number) => {
        const track = trackAt(index);
        if (!track) return;
        const place = placeOf(event);
        const several = picked.peek().rows.has(index) && picked.peek().rows.size > 1;
        if (several) {
            const indexes = pickedRows(picked.peek());
            openMenu(
                place,
                words.menuFor(strings.shell.trackCount(indexes.length)),
                tracksItems(pickedTracks(), props.itemsFor?.(indexes)),
            );
            return;
        }
        openMenu(
            place,
            words.menuFor(titleOf(track)),
            trackItems(track, {
                own: [
                    ...(props.itemsFor?.([index]) ?? []),
                    {
                        label: words.pick,
                        apart: true,
                        act: () => (picked.value = togglePicked(picked.peek(), index)),
                    },
                ],
                openRatings: (items) => openMenu(place, words.rate, items),
            }),
        );
    };

    const activate = (event: MouseEvent, index: number) => {
        const track = trackAt(index);
        if (!track) return;
        if (event.shiftKey) picked.value = pickTo(picked.peek(), index);
        else if (event.ctrlKey || event.metaKey) picked.value = togglePicked(picked.peek(), index);
        else if (picked.peek().rows.size > 0 && matchMedia('(pointer: coarse)').matches)
            picked.value = togglePicked(picked.peek(), index);
        else if (track.id === playingId) player.toggle();
        else onPlay(index);
    };

    const onKey = (event: KeyboardEvent, index: number) => {
        const track = trackAt(index);
        if (!track) return;
        const { key } = event;
        if (event.altKey && (key === 'ArrowUp' || key === 'ArrowDown') && props.onMove) {
            const down = key === 'ArrowDown';
            const to = index + (down ? 2 : -1);
            if (to >= 0 && to <= count) {
                props.onMove(index, to);
                focus.current?.(index + (down ? 1 : -1));
            }
        } else if (event.shiftKey && (key === 'ArrowUp' || key === 'ArrowDown')) {
            const next = Math.max(0, Math.min(count - 1, index + (key === 'ArrowDown' ? 1 : -1)));
            if (picked.peek().rows.size === 0) picked.value = togglePicked(kNonePicked, index);
            picked.value = pickTo(picked.peek(), next);
            focus.current?.(next);
        } else if ((event.ctrlKey || event.metaKey) && key === 'a') {
            picked.value = pickTo({ rows: new Set(), anchor: 0 }, count - 1);
            void list.take(0, count);
        } else if (event.ctrlKey || event.metaKey || event.altKey) {
            return;
        } else if (key === 'Delete' && props.onRemove) {
            const rows = picked.peek().rows.has(index) ? pickedRows(picked.peek()) : [index];
            picked.value = kNonePicked;
            props.onRemove(rows);
        } else if (key >= '0' && key <= '5' && key.length === 1) {
            void rate(track, Number(key) || null);
        } else if (key === 'x') {
            picked.value = togglePicked(picked.peek(), index);
        } else return;
        event.preventDefault();
        event.stopPropagation();
    };

    const drop = () => {
        const from = dragged.peek();
        const to = dropAt.peek();
        dragged.value = undefined;
        dropAt.value = undefined;
        if (from !== undefined && to !== undefined && to !== from && to !== from + 1)
            props.onMove?.(from, to);
    };

    return (
        <div
            class="tracks"
            onKeyDown={(event) => {
                if (event.key !== 'Escape' || picked.peek().rows.size === 0) return;
                picked.value = kNonePicked;
                event.preventDefault();
            }}
        >
            <VirtualList
                label={label}
                count={count}
                cellHeight={rowHeight}
                keyOf={(index) => {
                    const row = list.at(index);
                    return row !== undefined && props.keyOf ? props.keyOf(row) : `${index}`;
                }}
                onRange={onRange}
                onKey={onKey}
                focusRef={focus}
                startIndex={() => {
                    for (let i = 0; i < count; i++) if (trackAt(i)?.id === playingId) return i;
                    return -1;
                }}
                render={(index, tabIndex) => {
                    const track = trackAt(index);
                    if (!track) return <BlankRow index={index} />;
                    const current = track.id === playingId;
                    const isPicked = picked.value.rows.has(index);
                    const mark = markOf(track);
                    const starred = mark.starredAtMs !== null;
                    const drops =
                        dropAt.value === index
                            ? ' is-drop'
                            : dropAt.value === count && index === count - 1
                              ? ' is-drop-below'
                              : '';
                    return (
                        <div
                            class={`track${current ? ' is-current' : ''}${track.missing ? ' is-missing' : ''}${isPicked ? ' is-picked' : ''}${drops}`}
                            onClick={(event) => {
                                const target = event.target as Element;
                                if (!target.closest('a, button:not(.row)')) activate(event, index);
                            }}
                            onContextMenu={(event) => menuFor(event, index)}
                            draggable={props.onMove !== undefined}
                            onDragStart={(event) => {
                                dragged.value = index;
                                event.dataTransfer?.setData('text/plain', titleOf(track));
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
                                drop();
                            }}
                            onDragEnd={() => {
                                dragged.value = undefined;
                                dropAt.value = undefined;
                            }}
                        >
                            {lead === 'art' ? (
                                <span class="track-lead">
                                    <TrackArt track={track} size={40} />
                                    {current && <Bars />}
                                </span>
                            ) : (
                                <span class="track-lead is-number">
                                    {current ? (
                                        <Bars />
                                    ) : lead === 'place' ? (
                                        index + 1
                                    ) : (
                                        track.trackNumber || '·'
                                    )}
                                </span>
                            )}
                            <button
                                type="button"
                                class={`row${current ? ' is-current' : ''}`}
                                data-focus
                                data-track={track.id}
                                tabIndex={tabIndex}
                                aria-current={current ? 'true' : undefined}
                                aria-pressed={isPicked || undefined}
                                disabled={track.missing}
                            >
                                <span class="row-words">
                                    <span class="unseen">{words.play}</span>
                                    <span class="row-title">{titleOf(track)}</span>
                                    <span class="unseen">{words.by}</span>
                                    <span
                                        class={
                                            track.artist === props.artist ? 'unseen' : 'row-artist'
                                        }
                                    >
                                        {track.artist || words.unknownArtist}
                                    </span>
                                    <span class="unseen">
                                        {formatTime(track.durationSeconds)}
                                        {track.missing && ` ${words.fileMissing}`}
                                    </span>
                                </span>
                            </button>
                            {columns.map((column) =>
                                column === 'album' && track.albumId ? (
                                    <a
                                        key={column}
                                        class="track-cell is-album"
                                        href={`/albums/${track.albumId}`}
                                        tabIndex={-1}
                                    >
                                        {track.album}
                                    </a>
                                ) : (
                                    <span key={column} class={`track-cell is-${column}`}>
                                        {cellOf(column, track)}
                                    </span>
                                ),
                            )}
                            {props.note && (
                                <span class="track-cell is-note">
                                    {props.note(list.at(index) as T)}
                                </span>
                            )}
                            {track.missing && <span class="row-note">{words.fileMissing}</span>}
                            {mark.rating !== null && (
                                <span
                                    class="track-rating"
                                    role="img"
                                    aria-label={words.rated(mark.rating)}
                                >
                                    {starsOf(mark.rating).slice(0, mark.rating)}
                                </span>
                            )}
                            <button
                                type="button"
                                class={`round track-star${starred ? ' is-on' : ''}`}
                                aria-pressed={starred}
                                aria-label={words.starOf(titleOf(track))}
                                title={starred ? words.unstar : words.star}
                                tabIndex={tabIndex}
                                onClick={() => void toggleStar(track)}
                            >
                                <StarIcon />
                            </button>
                            <span class="row-time">{formatTime(track.durationSeconds)}</span>
                            <button
                                type="button"
                                class="round track-more"
                                aria-haspopup="menu"
                                aria-label={words.menuFor(titleOf(track))}
                                title={strings.shell.more}
                                tabIndex={tabIndex}
                                onClick={(event) => menuFor(event, index)}
                            >
                                <MoreIcon />
                            </button>
                        </div>
                    );
                }}
            />
            {picked.value.rows.size > 0 && (
                <div class="picked-bar" role="toolbar" aria-label={words.pickedLabel}>
                    <span role="status">{words.picked(picked.value.rows.size)}</span>
                    {tracksItems(
                        pickedTracks(),
                        props.itemsFor?.(pickedRows(picked.value)),
                    ).map(({ label: name, icon: Icon, act }) => (
                        <button
                            key={name}
                            type="button"
                            class="round"
                            aria-label={name}
                            title={name}
                            onClick={act}
                        >
                            {Icon && <Icon />}
                        </button>
                    ))}
                    <button
                        type="button"
                        class="round"
                        aria-label={words.pickNone}
                        title={words.pickNone}
                        onClick={() => (picked.value = kNonePicked)}
                    >
                        <CloseIcon />
                    </button>
                </div>
            )}
        </div>
    );
}

function BlankRow({ index }: { index: number }) {
    return (
        <div class="track is-blank" aria-hidden="true">
            <i class="bone" style={{ width: `${24 + ((index * 37) % 40)}%` }} />
        </div>
    );
}
