import { useEffect } from 'preact/hooks';
import type { JSX } from 'preact';
import { useQuiet } from '../lib/quiet';
import { navigate, place } from '../lib/router';
import { listsVersion } from '../model/lists';
import { loadPlaylists, playlists } from '../model/playlists';
import { cycleTheme, theme } from '../model/theme';
import { strings } from '../strings';
import { showHelp } from './HelpSheet';
import {
    AlbumIcon,
    ArtistIcon,
    CareIcon,
    GenreIcon,
    HistoryIcon,
    HomeIcon,
    KeyboardIcon,
    Mark,
    MoreIcon,
    PlaylistIcon,
    QueueIcon,
    SettingsIcon,
    SmartIcon,
    StarIcon,
    ThemeIcon,
    TracksIcon,
} from './icons';
import { openMenu, placeOf } from './Menu';
import { pages } from './pages/registry';

const words = strings.shell;
const kMostPlaylists = 30;

interface Destination {
    path: string;
    label: string;
    icon: () => JSX.Element;
    /** Has room at the bottom of a phone; the others are behind "More". */
    first?: boolean;
}

const destinations: readonly Destination[] = [
    { path: '/', label: words.home, icon: HomeIcon, first: true },
    { path: '/albums', label: words.albums, icon: AlbumIcon, first: true },
    { path: '/artists', label: words.artists, icon: ArtistIcon },
    { path: '/tracks', label: words.tracks, icon: TracksIcon, first: true },
    { path: '/genres', label: words.genres, icon: GenreIcon },
    { path: '/favourites', label: words.favourites, icon: StarIcon },
    { path: '/history', label: words.history, icon: HistoryIcon },
    { path: '/playlists', label: words.playlists, icon: PlaylistIcon, first: true },
    { path: '/queue', label: words.queue, icon: QueueIcon },
    { path: '/care', label: words.care, icon: CareIcon },
    { path: '/settings', label: words.settings, icon: SettingsIcon },
].filter(({ path }) => pages.some((page) => page.path === path));

function isAt(path: string): boolean {
    const here = place.value.path;
    return path === '/' ? here === '/' : here === path || here.startsWith(`${path}/`);
}

function preload(path: string): void {
    pages.find((page) => page.path === path)?.view.preload?.();
}

function NavLink({ path, label, icon: Icon, first }: Destination) {
    const exact = place.value.path === path;
    // A playlist has an entry of its own further down.
    const at = path === '/playlists' ? exact : isAt(path);
    return (
        <a
            class={`nav-link${first ? ' is-first' : ''}`}
            href={path}
            aria-current={exact ? 'page' : at ? 'true' : undefined}
            onPointerEnter={() => preload(path)}
            onFocus={() => preload(path)}
        >
            <Icon />
            <span>{label}</span>
        </a>
    );
}

/** Beside the page on a desktop, below it on a phone. */
export function Navigation() {
    const quiet = useQuiet();
    useEffect(() => {
        if (quiet) void loadPlaylists();
    }, [quiet, listsVersion.value]);
    const hidden = destinations.filter(({ first }) => !first);
    return (
        <nav class="nav" aria-label={words.navigation}>
            <a class="brand" href="/" aria-label={words.homeOf}>
                <Mark />
                <span>{words.name}</span>
            </a>
            <div class="nav-links">
                {destinations.map((destination) => (
                    <NavLink key={destination.path} {...destination} />
                ))}
                <button
                    type="button"
                    class={`nav-link nav-more${hidden.some(({ path }) => isAt(path)) ? ' is-at' : ''}`}
                    aria-haspopup="menu"
                    onClick={(event) =>
                        openMenu(
                            placeOf(event),
                            words.more,
                            hidden.map(({ path, label, icon }) => ({
                                label,
                                icon,
                                act: () => navigate(path),
                            })),
                        )
                    }
                >
                    <MoreIcon />
                    <span>{words.more}</span>
                </button>
            </div>
            {playlists.value && playlists.value.length > 0 && (
                <div class="nav-playlists">
                    <h2>{words.playlists}</h2>
                    {playlists.value.slice(0, kMostPlaylists).map(({ id, name, smart }) => (
                        <a
                            key={id}
                            class="nav-link is-playlist"
                            href={`/playlists/${id}`}
                            aria-current={
                                place.value.path === `/playlists/${id}` ? 'page' : undefined
                            }
                        >
                            {smart ? <SmartIcon /> : <PlaylistIcon />}
                            <span>{name}</span>
                        </a>
                    ))}
                </div>
            )}
            <div class="nav-foot">
                <button
                    type="button"
                    class="round"
                    aria-label={words.themeIs(theme.value)}
                    title={words.themeIs(theme.value)}
                    onClick={cycleTheme}
                >
                    <ThemeIcon />
                </button>
                <button
                    type="button"
                    class="round"
                    aria-label={words.keys.title}
                    title={`${words.keys.title} (?)`}
                    aria-haspopup="dialog"
                    onClick={showHelp}
                >
                    <KeyboardIcon />
                </button>
            </div>
        </nav>
    );
}
