import { computed, signal, useComputed, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { formatTime, formatTotal, plural } from '../lib/format';
import { albumArtistOf, titleOf, type AlbumRow, type Row, type TrackRow } from '../lib/rows';
import { offsetsOf, windowOf } from '../lib/windowing';
import * as library from '../model/library';
import { player } from '../player';
import { Cover } from './Cover';
import { EmptyLibrary, Loading, NothingFound, NotAnswering } from './States';

const kTrackHeight = 52;
const kFlatTrackHeight = 60;
const kAlbumHeight = 92;
const kOverscan = 8;

/** The row that the arrow keys are at. */
const focusedKey = signal<string | undefined>(undefined);

const offsets = computed(() => {
    const rows = library.rows.value;
    return offsetsOf(rows.map(heightOf), rows.length);
});

function heightOf(row: Row): number {
    if (row.kind === 'album') return kAlbumHeight;
    return row.showArtist ? kFlatTrackHeight : kTrackHeight;
}

function giveFocus(list: HTMLElement, key: string): boolean {
    const row = list.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
    row?.focus({ preventScroll: true });
    return row !== null;
}

let focusRow: (key: string) => void = () => {};

/** Moves the keyboard focus to the next track row up or down. */
export function moveListFocus(direction: 1 | -1): void {
    const rows = library.rows.peek();
    const from =
        focusedKey.peek() ?? (player.track.peek() ? `track:${player.track.peek()?.id}` : undefined);
    let index = rows.findIndex((row) => row.key === from);
    if (index < 0) index = direction > 0 ? -1 : rows.length;
    for (let i = index + direction; i >= 0 && i < rows.length; i += direction) {
        const row = rows[i];
        if (row?.kind === 'track') {
            focusRow(row.key);
            return;
        }
    }
}

export function TrackList() {
    const scroller = useRef<HTMLDivElement>(null);
    const scrollTop = useSignal(0);
    const height = useSignal(800);
    const wanted = useRef<string | undefined>(undefined);

    useLayoutEffect(() => {
        const element = scroller.current;
        if (!element) return undefined;
        const observer = new ResizeObserver(() => (height.value = element.clientHeight));
        observer.observe(element);
        return () => observer.disconnect();
    }, []);

    const text = useComputed(() => {
        const { begin, end } = windowOf(offsets.value, scrollTop.value, height.value, kOverscan);
        return `${begin}:${end}`;
    });
    // The range is compared as text, so that scrolling inside it renders nothing.
    const [begin = 0, end = 0] = text.value.split(':').map(Number);

    // Another order, or another search, starts at the top.
    const view = useComputed(() => library.answeredSearch.value + library.rows.value[0]?.key);
    useLayoutEffect(() => {
        scroller.current?.scrollTo({ top: 0 });
    }, [view.value]);

    useEffect(() => {
        focusRow = (key) => {
            const element = scroller.current;
            const index = library.rows.peek().findIndex((row) => row.key === key);
            if (!element || index < 0) return;
            const top = offsets.peek()[index] ?? 0;
            const bottom = offsets.peek()[index + 1] ?? top;
            const room = kAlbumHeight;
            if (top - room < element.scrollTop) element.scrollTop = Math.max(0, top - room);
            else if (bottom + 16 > element.scrollTop + element.clientHeight) {
                element.scrollTop = bottom + 16 - element.clientHeight;
            }
            scrollTop.value = element.scrollTop;
            focusedKey.value = key;
            wanted.current = giveFocus(element, key) ? undefined : key;
        };
    }, []);
    // A row that was out of sight is drawn first.
    useLayoutEffect(() => {
        if (wanted.current === undefined || !scroller.current) return;
        if (giveFocus(scroller.current, wanted.current)) wanted.current = undefined;
    });

    const rows = library.rows.value;
    const playingId = player.track.value?.id;
    const firstTrack = rows.find((row) => row.kind === 'track')?.key;
    const tabStop =
        rows.slice(begin, end).find((row) => row.key === focusedKey.value)?.key ?? firstTrack;

    return (
        <div
            class="list"
            ref={scroller}
            onScroll={(event) => (scrollTop.value = event.currentTarget.scrollTop)}
        >
            {rows.length > 0 ? (
                <div
                    class="list-all"
                    role="list"
                    aria-label="Tracks"
                    style={{ height: `${offsets.value[rows.length] ?? 0}px` }}
                >
                    {rows.slice(begin, end).map((row, i) => (
                        <div
                            key={row.key}
                            class="list-item"
                            role="listitem"
                            aria-setsize={rows.length}
                            aria-posinset={begin + i + 1}
                            style={{
                                transform: `translateY(${offsets.value[begin + i] ?? 0}px)`,
                                height: `${heightOf(row)}px`,
                            }}
                        >
                            {row.kind === 'album' ? (
                                <Album row={row} />
                            ) : (
                                <TrackButton
                                    row={row}
                                    current={row.track.id === playingId}
                                    tabStop={row.key === tabStop}
                                />
                            )}
                        </div>
                    ))}
                </div>
            ) : (
                <Instead />
            )}
        </div>
    );
}

function Instead() {
    if (library.status.value === 'loading') return <Loading />;
    if (library.status.value === 'unreachable') return <NotAnswering />;
    if (library.answeredSearch.value) return <NothingFound words={library.answeredSearch.value} />;
    return <EmptyLibrary />;
}

function Album({ row }: { row: AlbumRow }) {
    const facts = [
        row.year > 0 ? String(row.year) : '',
        plural(row.trackCount, 'track'),
        formatTotal(row.durationSeconds),
    ].filter(Boolean);
    return (
        <div class="album">
            <Cover seed={`${row.artist}/${row.title}`} />
            <div class="album-words">
                <h2>{row.title}</h2>
                <p>
                    <span class="album-artist">{row.artist || 'Unknown artist'}</span>
                    <span class="album-facts">{facts.join(' · ')}</span>
                </p>
            </div>
        </div>
    );
}

function TrackButton({
    row,
    current,
    tabStop,
}: {
    row: TrackRow;
    current: boolean;
    tabStop: boolean;
}) {
    const { track } = row;
    const flat = library.rows.value[0]?.kind === 'track';
    return (
        <button
            type="button"
            class={`row${current ? ' is-current' : ''}${track.missing ? ' is-missing' : ''}`}
            data-key={row.key}
            data-track={track.id}
            tabIndex={tabStop ? 0 : -1}
            aria-current={current ? 'true' : undefined}
            aria-label={`Play ${titleOf(track)}${track.artist ? ` by ${track.artist}` : ''}, ${formatTime(track.durationSeconds)}${track.missing ? ', file missing' : ''}`}
            disabled={track.missing}
            onFocus={() => (focusedKey.value = row.key)}
            onClick={() => {
                if (current) player.toggle();
                else player.playFrom(library.rowTrackIds.peek(), track.id);
            }}
        >
            {flat ? (
                <span class="row-cover">
                    <Cover seed={`${albumArtistOf(track)}/${track.album || 'Single tracks'}`} />
                    {current && <Bars />}
                </span>
            ) : (
                <span class="row-number">
                    {current ? <Bars /> : track.trackNumber > 0 ? track.trackNumber : '·'}
                </span>
            )}
            <span class="row-words">
                <span class="row-title">{titleOf(track)}</span>
                {row.showArtist && (
                    <span class="row-artist">
                        {track.artist || 'Unknown artist'}
                        {flat && track.album ? ` · ${track.album}` : ''}
                    </span>
                )}
            </span>
            {track.missing && <span class="row-note">file missing</span>}
            <span class="row-time">{formatTime(track.durationSeconds)}</span>
        </button>
    );
}

function Bars() {
    return (
        <span class={`bars${player.playing.value ? ' is-moving' : ''}`} aria-hidden="true">
            <i />
            <i />
            <i />
        </span>
    );
}
