import { useEffect, useRef } from 'preact/hooks';
import { plural } from '../lib/format';
import type { SortOrder } from '../lib/rows';
import * as library from '../model/library';
import * as settings from '../model/settings';
import { sheetOpen } from '../model/view';
import { Dock } from './Dock';
import { CloseIcon, Mark, SearchIcon } from './icons';
import { listenToKeys } from './keys';
import { Sheet } from './Sheet';
import { SoundPanel } from './SoundPanel';
import { ScanProgress } from './States';
import { TrackList } from './TrackList';
import { Toasts } from './Toasts';

const kOrders: [SortOrder, string][] = [
    ['albums', 'Albums'],
    ['artists', 'Artists'],
    ['titles', 'Titles'],
];

function Search() {
    const input = useRef<HTMLInputElement>(null);
    useEffect(() => listenToKeys(() => input.current), []);
    return (
        <div class="search" role="search">
            <SearchIcon />
            <input
                ref={input}
                type="search"
                placeholder="Search"
                aria-label="Search titles, artists and albums"
                aria-keyshortcuts="/"
                autocomplete="off"
                spellcheck={false}
                maxLength={100}
                enterkeyhint="search"
                value={library.search.value}
                onInput={(event) => (library.search.value = event.currentTarget.value)}
                onKeyDown={(event) => {
                    if (event.key !== 'Escape') return;
                    if (library.search.value) library.search.value = '';
                    else event.currentTarget.blur();
                }}
            />
            {library.search.value ? (
                <button
                    type="button"
                    class="search-clear"
                    aria-label="Clear the search"
                    onClick={() => {
                        library.search.value = '';
                        input.current?.focus();
                    }}
                >
                    <CloseIcon />
                </button>
            ) : (
                <kbd aria-hidden="true">/</kbd>
            )}
        </div>
    );
}

function Orders() {
    return (
        <fieldset class="orders">
            <legend class="unseen">Order</legend>
            {kOrders.map(([order, label]) => (
                <label key={order}>
                    <input
                        type="radio"
                        name="order"
                        checked={settings.order.value === order}
                        onChange={() => (settings.order.value = order)}
                    />
                    <span>{label}</span>
                </label>
            ))}
        </fieldset>
    );
}

/** What the server is doing with the library, in one quiet line. */
function Activity() {
    const health = library.health.value;
    const pending = health?.analysis?.pending ?? 0;
    if (library.scanning.value && library.tracks.value.length > 0) {
        return (
            <div class="activity">
                <span>Reading music</span>
                <ScanProgress />
            </div>
        );
    }
    if (pending > 0) {
        return (
            <div class="activity">
                <span class="pulse" aria-hidden="true" />
                <span>{plural(pending, 'track')} still to be measured</span>
            </div>
        );
    }
    if (library.total.value > 0) {
        return <div class="activity">{plural(library.total.value, 'track')}</div>;
    }
    return <div class="activity" />;
}

export function App() {
    return (
        <div class="app" data-voice={settings.enhanced.value ? 'enhanced' : 'original'}>
            <header class="top">
                <h1 class="brand">
                    <Mark />
                    segue
                </h1>
                <Search />
                <Orders />
                <Activity />
            </header>
            <main class="library" aria-label="Library">
                <TrackList />
            </main>
            <aside class="sound" aria-label="Sound">
                <SoundPanel />
            </aside>
            <Dock />
            <Sheet />
            {!sheetOpen.value && <Toasts />}
        </div>
    );
}
