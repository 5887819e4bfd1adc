import { navigate } from '../lib/router';
import { toggleStar } from '../model/marks';
import * as settings from '../model/settings';
import { cycleTheme } from '../model/theme';
import { panelTab } from '../model/view';
import { player } from '../player';
import { strings } from '../strings';
import { playOrPause } from './Dock';
import { showHelp } from './HelpSheet';

const words = strings.shell.keys;
const kSeekSeconds = 5;
const kVolumeStep = 0.05;

export interface Shortcut {
    /** As KeyboardEvent.key has it, with "Shift+" before it; two keys after each other: "g h". */
    keys: string;
    label: string;
    act: () => void;
    group: keyof typeof words.groups;
    /** Elements that use the key themselves: sliders the arrows, buttons the space bar. */
    own?: 'arrows' | 'space';
    /** Holding the key down does not repeat it. */
    once?: boolean;
}

const go = (keys: string, path: string, label: string): Shortcut => ({
    keys,
    label,
    act: () => navigate(path),
    group: 'go',
});

const louder = (step: number) => {
    settings.volume.value = Math.max(0, Math.min(1, settings.volume.peek() + step));
    settings.muted.value = false;
};

/** Every key that works anywhere on the page; the help sheet shows the same list. */
export const shortcuts: readonly Shortcut[] = [
    { keys: ' ', label: words.playPause, act: playOrPause, group: 'play', own: 'space', once: true },
    {
        keys: 'ArrowLeft',
        label: words.back,
        act: () => player.seek(player.now - kSeekSeconds),
        group: 'play',
        own: 'arrows',
    },
    {
        keys: 'ArrowRight',
        label: words.forward,
        act: () => player.seek(player.now + kSeekSeconds),
        group: 'play',
        own: 'arrows',
    },
    { keys: 'Shift+ArrowLeft', label: words.previous, act: () => player.previous(), group: 'play' },
    { keys: 'Shift+ArrowRight', label: words.next, act: () => player.next(), group: 'play' },
    { keys: 'Shift+ArrowUp', label: words.louder, act: () => louder(kVolumeStep), group: 'play' },
    {
        keys: 'Shift+ArrowDown',
        label: words.quieter,
        act: () => louder(-kVolumeStep),
        group: 'play',
    },
    {
        keys: 'm',
        label: words.mute,
        act: () => (settings.muted.value = !settings.muted.peek()),
        group: 'play',
    },
    { keys: 's', label: words.shuffle, act: () => player.toggleShuffle(), group: 'play' },
    { keys: 'r', label: words.repeat, act: () => player.cycleRepeat(), group: 'play' },
    {
        keys: 'f',
        label: words.star,
        act: () => {
            const track = player.track.peek();
            if (track) void toggleStar(track);
        },
        group: 'play',
    },
    {
        keys: 'e',
        label: words.original,
        act: () => (settings.enhanced.value = !settings.enhanced.peek()),
        group: 'sound',
    },
    {
        keys: 'q',
        label: words.panel,
        act: () => (panelTab.value = panelTab.peek() === 'queue' ? 'sound' : 'queue'),
        group: 'sound',
    },
    { keys: '/', label: words.search, act: () => focusSearch(), group: 'go' },
    go('g h', '/', strings.shell.home),
    go('g l', '/albums', strings.shell.albums),
    go('g a', '/artists', strings.shell.artists),
    go('g t', '/tracks', strings.shell.tracks),
    go('g g', '/genres', strings.shell.genres),
    go('g p', '/playlists', strings.shell.playlists),
    go('g f', '/favourites', strings.shell.favourites),
    go('g q', '/queue', strings.shell.queue),
    { keys: 'd', label: words.theme, act: cycleTheme, group: 'page' },
    { keys: '?', label: words.help, act: () => showHelp(), group: 'page' },
];

export function focusSearch(): void {
    const input = document.querySelector<HTMLInputElement>('.search input');
    input?.focus();
    input?.select();
}
