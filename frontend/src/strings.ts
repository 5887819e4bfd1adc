/**
 * Every English word that the page shows or speaks, by area. A text with a value in it is a
 * function. Whoever translates Segue translates this file.
 */
import { plural } from './lib/format';

const shell = {
    name: 'segue',
    skip: 'Skip to the page',
    navigation: 'Library',
    more: 'More',
    home: 'Home',
    albums: 'Albums',
    artists: 'Artists',
    tracks: 'Tracks',
    genres: 'Genres',
    playlists: 'Playlists',
    favourites: 'Favourites',
    history: 'History',
    queue: 'Queue',
    sound: 'Sound',
    care: 'Library care',
    settings: 'Settings',
    search: 'Search',
    searchLabel: 'Search titles, artists and albums',
    clearSearch: 'Clear the search',
    panel: 'Sound and queue',
    loading: 'Loading',
    notFoundTitle: 'Nothing is here',
    notFoundText: 'This address leads to no page of Segue.',
    goHome: 'To the start page',
    pageBroken: 'This page could not be loaded',
    tryAgain: 'Try again',
    readingMusic: 'Reading music',
    toBeMeasured: (count: number) => `${plural(count, 'track')} still to be measured`,
    trackCount: (count: number) => plural(count, 'track'),
} as const;

const library = {} as const;

const player = {
    queueEmpty: 'Nothing is in the queue. What you play comes here with what follows it.',
} as const;

const sound = {} as const;

const care = {} as const;

const settings = {} as const;

export const strings = { shell, library, player, sound, care, settings } as const;
