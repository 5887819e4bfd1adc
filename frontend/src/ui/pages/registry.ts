import type { ComponentType } from 'preact';
import { matchPath, type Params } from '../../lib/paths';
import { strings } from '../../strings';
import { lazy } from '../lazy';
import HomePage from './Home';

/** What every page is given; a page is the default export of its module. */
export interface PageProps {
    params: Params;
    query: URLSearchParams;
}

export interface Page {
    /** As `matchPath` takes it. */
    path: string;
    /** Of the window while nothing plays, and of the page for screen readers. */
    title: string;
    view: ComponentType<PageProps> & { preload?: () => void };
}

const page = (
    path: string,
    title: string,
    load: () => Promise<{ default: ComponentType<PageProps> }>,
): Page => ({ path, title, view: lazy(load) });

const words = strings.shell;

/**
 * All pages; the first that matches is shown. Each is a file of its own, loaded when it is gone to,
 * but for the one that most begin with.
 */
export const pages: readonly Page[] = [
    { path: '/', title: words.home, view: HomePage },
    page('/albums', words.albums, () => import('./Albums')),
    page('/albums/:id', words.albums, () => import('./Album')),
    page('/artists', words.artists, () => import('./Artists')),
    page('/artists/:id', words.artists, () => import('./Artist')),
    page('/genres', words.genres, () => import('./Genres')),
    page('/genres/:name', words.genres, () => import('./Genre')),
    page('/tracks', words.tracks, () => import('./Tracks')),
    page('/tracks/:id/similar', words.tracks, () => import('./Similar')),
    page('/playlists', words.playlists, () => import('./Playlists')),
    page('/playlists/:id', words.playlists, () => import('./Playlist')),
    page('/favourites', words.favourites, () => import('./Favourites')),
    page('/history', words.history, () => import('./History')),
    page('/queue', words.queue, () => import('./Queue')),
    page('/search', words.search, () => import('./Search')),
    page('/care', words.care, () => import('../care/CarePage')),
    page('/settings', words.settings, () => import('../settings/SettingsPage')),
];

export function pageAt(path: string): { page: Page; params: Params } | undefined {
    for (const candidate of pages) {
        const params = matchPath(candidate.path, path);
        if (params) return { page: candidate, params };
    }
    return undefined;
}
