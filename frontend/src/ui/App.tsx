import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { navigate, pageShown, place, setQuery, startRouter } from '../lib/router';
import { tasks } from '../model/care/activity';
import * as settings from '../model/settings';
import { sheetOpen } from '../model/view';
import { strings } from '../strings';
import { CareActivity } from './care/Activity';
import { DialogHost, dialogOpen } from './Dialog';
import { Dock } from './Dock';
import { BackIcon, CloseIcon, SearchIcon } from './icons';
import { listenToKeys } from './keys';
import { MenuHost } from './Menu';
import { Navigation } from './Navigation';
import { Instead } from './pages/parts';
import { pageAt } from './pages/registry';
import { Panel } from './Panel';
import { Sheet } from './Sheet';
import { Toasts } from './Toasts';
import { moveListFocus } from './VirtualList';

const words = strings.shell;
/** While one types, the address follows when the fingers rest. */
const kSearchDelayMs = 140;

/** The words in the box are those of the address; typing goes to the search page. */
function Search() {
    const input = useRef<HTMLInputElement>(null);
    const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
    const { path, query } = place.value;
    const shown = path === '/search' ? (query.get('q') ?? '') : '';
    useEffect(() => {
        // What the listener types is not overtaken by an address that is older than it.
        if (input.current && timer.current === undefined) input.current.value = shown;
    }, [shown]);

    const search = (text: string) => {
        timer.current = undefined;
        const q = text.trim();
        if (place.peek().path === '/search') setQuery({ q });
        else if (q) navigate(`/search?${new URLSearchParams({ q })}`);
    };
    const soon = (text: string) => {
        clearTimeout(timer.current);
        timer.current = setTimeout(() => search(text), kSearchDelayMs);
    };
    const leave = () => {
        clearTimeout(timer.current);
        timer.current = undefined;
        if (input.current) input.current.value = '';
        if (place.peek().path === '/search') history.back();
    };
    return (
        <div class="search" role="search">
            <SearchIcon />
            <input
                ref={input}
                type="search"
                placeholder={words.search}
                aria-label={words.searchLabel}
                aria-keyshortcuts="/"
                autocomplete="off"
                spellcheck={false}
                maxLength={100}
                enterkeyhint="search"
                onInput={(event) => soon(event.currentTarget.value)}
                onKeyDown={(event) => {
                    if (event.key === 'Escape') {
                        if (event.currentTarget.value) leave();
                        else event.currentTarget.blur();
                    } else if (event.key === 'ArrowDown' || event.key === 'Enter') {
                        clearTimeout(timer.current);
                        search(event.currentTarget.value);
                        moveListFocus(1);
                    } else return;
                    event.preventDefault();
                }}
            />
            <button
                type="button"
                class="search-clear"
                aria-label={words.clearSearch}
                onClick={leave}
            >
                <CloseIcon />
            </button>
            <kbd aria-hidden="true">/</kbd>
        </div>
    );
}

/** What the server is doing, in one quiet line. */
function Activity() {
    if (tasks.value.length > 0) {
        return (
            <div class="activity">
                <CareActivity />
            </div>
        );
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
                {found && View ? (
                    <View params={found.params} query={query} />
                ) : (
                    <Instead title={words.notFoundTitle} text={words.notFoundText}>
                        <a class="plain" href="/">
                            {words.goHome}
                        </a>
                    </Instead>
                )}
            </div>
        </main>
    );
}

export function App() {
    // With the first drawing, not after it: no key is lost that is pressed as soon as the page is there.
    useLayoutEffect(listenToKeys, []);
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
                {words.skip}
            </a>
            <header class="top">
                <h1 class="unseen">Segue</h1>
                <button
                    type="button"
                    class="round top-back"
                    aria-label={words.back}
                    title={words.back}
                    onClick={() => history.back()}
                >
                    <BackIcon />
                </button>
                <Search />
                <Activity />
            </header>
            <Navigation />
            <Outlet />
            <aside class="side" aria-label={words.panel}>
                <Panel id="side" />
            </aside>
            <Dock />
            <Sheet />
            <DialogHost />
            <MenuHost />
            {!sheetOpen.value && !dialogOpen() && <Toasts />}
        </div>
    );
}
