import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { SortOrder } from '../lib/rows';
import { pageShown, place, startRouter } from '../lib/router';
import * as library from '../model/library';
import * as settings from '../model/settings';
import { sheetOpen } from '../model/view';
import { strings } from '../strings';
import { Dock } from './Dock';
import { CloseIcon, Mark, SearchIcon } from './icons';
import { listenToKeys } from './keys';
import { Navigation } from './Navigation';
import { pageAt } from './pages/registry';
import { Panel } from './Panel';
import { Sheet } from './Sheet';
import { ScanProgress } from './States';
import { Toasts } from './Toasts';

const kOrders: [SortOrder, string][] = [
    ['albums', strings.shell.albums],
    ['artists', strings.shell.artists],
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
                placeholder={strings.shell.search}
                aria-label={strings.shell.searchLabel}
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
                    aria-label={strings.shell.clearSearch}
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
                <span>{strings.shell.readingMusic}</span>
                <ScanProgress />
            </div>
        );
    }
    if (pending > 0) {
        return (
            <div class="activity">
                <span class="pulse" aria-hidden="true" />
                <span>{strings.shell.toBeMeasured(pending)}</span>
            </div>
        );
    }
    if (library.total.value > 0) {
        return <div class="activity">{strings.shell.trackCount(library.total.value)}</div>;
    }
    return <div class="activity" />;
}

/** The page that the address names. */
function Outlet() {
    const scroller = useRef<HTMLElement>(null);
    useEffect(() => (scroller.current ? startRouter(scroller.current) : undefined), []);
    const { path, query, key } = place.value;
    useLayoutEffect(pageShown, [key]);
    const found = pageAt(path);
    const View = found?.page.view;
    return (
        <main class="page" id="page" ref={scroller} tabIndex={-1} data-scroller>
            <div class="page-content" key={key}>
                {found && View ? <View params={found.params} query={query} /> : <NoPage />}
            </div>
        </main>
    );
}

function NoPage() {
    return (
        <div class="instead">
            <Mark />
            <h2>{strings.shell.notFoundTitle}</h2>
            <p>{strings.shell.notFoundText}</p>
            <a class="plain" href="/">
                {strings.shell.goHome}
            </a>
        </div>
    );
}

export function App() {
    return (
        <div class="app" data-voice={settings.enhanced.value ? 'enhanced' : 'original'}>
            <a
                class="skip"
                href="#page"
                onClick={(event) => {
                    event.preventDefault();
                    document.getElementById('page')?.focus();
                }}
            >
                {strings.shell.skip}
            </a>
            <header class="top">
                <h1 class="brand">
                    <Mark />
                    {strings.shell.name}
                </h1>
                <Search />
                <Orders />
                <Activity />
            </header>
            <Navigation />
            <Outlet />
            <aside class="side" aria-label={strings.shell.panel}>
                <Panel id="side" />
            </aside>
            <Dock />
            <Sheet />
            {!sheetOpen.value && <Toasts />}
        </div>
    );
}
