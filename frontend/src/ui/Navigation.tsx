import type { JSX } from 'preact';
import { place } from '../lib/router';
import { strings } from '../strings';
import { QueueIcon, TracksIcon } from './icons';

interface Destination {
    path: string;
    label: string;
    icon: () => JSX.Element;
}

/** Where one can go; the first ones have room at the bottom of a phone. */
export const destinations: readonly Destination[] = [
    { path: '/tracks', label: strings.shell.tracks, icon: TracksIcon },
    { path: '/queue', label: strings.shell.queue, icon: QueueIcon },
];

function isAt(path: string): boolean {
    const here = place.value.path;
    return path === '/' ? here === '/' : here === path || here.startsWith(`${path}/`);
}

function NavLink({ path, label, icon: Icon }: Destination) {
    return (
        <a class="nav-link" href={path} aria-current={isAt(path) ? 'page' : undefined}>
            <Icon />
            <span>{label}</span>
        </a>
    );
}

/** Beside the page on a desktop, below it on a phone. */
export function Navigation() {
    return (
        <nav class="nav" aria-label={strings.shell.navigation}>
            {destinations.map((destination) => (
                <NavLink key={destination.path} {...destination} />
            ))}
        </nav>
    );
}
