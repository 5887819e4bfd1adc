import { signal } from '@preact/signals';

/** Where the page is: an entry of the browser's history. */
export interface Place {
    path: string;
    query: URLSearchParams;
    /** Names the history entry; what is remembered of it goes by this. */
    key: string;
}

const kStorageKey = 'segue.scroll';
const kMostRemembered = 100;
/** How long a page that is being loaded may take to grow to where it was left. */
const kRestoreMs = 4000;

interface EntryState {
    key: string;
}

const newKey = () => Math.random().toString(36).slice(2, 10);

function keyOfEntry(): string {
    const state = history.state as Partial<EntryState> | null;
    if (typeof state?.key === 'string') return state.key;
    const key = newKey();
    history.replaceState({ ...state, key }, '');
    return key;
}

const here = (): Place => ({
    path: location.pathname,
    query: new URLSearchParams(location.search),
    key: keyOfEntry(),
});

export const place = signal<Place>(here());

/** How far each history entry was scrolled; outlives a reload. */
const scrolled = new Map<string, number>(readScrolled());

function readScrolled(): [string, number][] {
    try {
        return JSON.parse(sessionStorage.getItem(kStorageKey) ?? '[]') as [string, number][];
    } catch {
        return [];
    }
}

let scroller: HTMLElement | undefined;
let restoring: (() => void) | undefined;
/** Whether another page may have been shown, and scrolled. */
let hasMoved = false;

function rememberScroll(): void {
    if (!scroller || restoring) return;
    const { key } = place.peek();
    scrolled.delete(key);
    scrolled.set(key, scroller.scrollTop);
    for (const old of scrolled.keys()) {
        if (scrolled.size <= kMostRemembered) break;
        scrolled.delete(old);
    }
}

/**
 * Scrolls to where this history entry was left, or to the top of a new one. What is loaded late
 * makes the page grow, so it is tried again until it fits, the reader scrolls, or time is up.
 */
function restoreScroll(): void {
    restoring?.();
    const element = scroller;
    if (!element) return;
    const wanted = scrolled.get(place.peek().key) ?? 0;
    // A page that has just been opened is at its top, and to say so would cost it a layout.
    if (wanted > 0 || hasMoved) element.scrollTop = wanted;
    hasMoved = true;
    if (wanted === 0) return;
    const content = element.firstElementChild;
    const observer = new ResizeObserver(() => {
        element.scrollTop = wanted;
        if (Math.abs(element.scrollTop - wanted) < 2) restoring?.();
    });
    const timer = setTimeout(() => restoring?.(), kRestoreMs);
    const give = () => restoring?.();
    for (const event of ['wheel', 'pointerdown', 'keydown'])
        element.addEventListener(event, give, { passive: true });
    restoring = () => {
        restoring = undefined;
        observer.disconnect();
        clearTimeout(timer);
        for (const event of ['wheel', 'pointerdown', 'keydown'])
            element.removeEventListener(event, give);
    };
    if (content) observer.observe(content);
}

/** Goes to an address of this page: "/albums/12", "/search?q=rain". */
export function navigate(href: string, how: 'push' | 'replace' = 'push'): void {
    rememberScroll();
    if (how === 'push') history.pushState({ key: newKey() }, '', href);
    else history.replaceState({ key: place.peek().key }, '', href);
    place.value = here();
}

/** Exchanges parts of the query of where we are; the same entry of the history, not scrolled. */
export function setQuery(changes: Readonly<Record<string, string | undefined>>): void {
    const query = new URLSearchParams(place.peek().query);
    for (const [name, value] of Object.entries(changes)) {
        if (value === undefined || value === '') query.delete(name);
        else query.set(name, value);
    }
    navigate(query.size > 0 ? `${place.peek().path}?${query}` : place.peek().path, 'replace');
}

function isOurs(link: HTMLAnchorElement): boolean {
    return (
        link.origin === location.origin &&
        !link.target &&
        !link.hasAttribute('download') &&
        !link.pathname.startsWith('/api/')
    );
}

/**
 * Follows links and the back button from here on.
 *
 * @param element  what scrolls; its first child holds the page
 * @return stops
 */
export function startRouter(element: HTMLElement): () => void {
    scroller = element;
    history.scrollRestoration = 'manual';
    const onClick = (event: MouseEvent) => {
        if (event.defaultPrevented || event.button !== 0) return;
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
        const link = event.target instanceof Element ? event.target.closest('a') : null;
        if (!link?.href || !isOurs(link)) return;
        event.preventDefault();
        const same = link.pathname + link.search === location.pathname + location.search;
        navigate(link.pathname + link.search, same ? 'replace' : 'push');
        if (same) element.scrollTop = 0;
    };
    const onPop = () => {
        rememberScroll();
        place.value = here();
    };
    const onHide = () => {
        rememberScroll();
        try {
            sessionStorage.setItem(kStorageKey, JSON.stringify([...scrolled]));
        } catch {
            // Private windows may refuse; a reload then begins at the top.
        }
    };
    document.addEventListener('click', onClick);
    addEventListener('popstate', onPop);
    addEventListener('pagehide', onHide);
    restoreScroll();
    return () => {
        document.removeEventListener('click', onClick);
        removeEventListener('popstate', onPop);
        removeEventListener('pagehide', onHide);
        restoring?.();
    };
}

/** To be called once a page is drawn. */
export function pageShown(): void {
    restoreScroll();
}
