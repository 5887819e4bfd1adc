import { dialogOpen } from './Dialog';
import { menuOpen } from './Menu';
import { shortcuts, type Shortcut } from './shortcuts';
import { moveListFocus } from './VirtualList';

/** Between the two keys of "g h". */
const kSecondKeyMs = 1500;

const typesText = (element: Element) =>
    element.matches(
        'input:not([type=range], [type=radio], [type=checkbox]), textarea, select, [contenteditable]',
    );
/** Sliders, tabs and radio groups have uses of their own for the arrow keys. */
const usesArrows = (element: Element) =>
    element.matches('input, select, [role=slider], [role=tab], [role^=menuitem]');
/** Space presses these; on a track row, which Enter plays, it plays and pauses like elsewhere. */
const usesSpace = (element: Element) =>
    element.matches('button:not(.row, .queue-play), a, summary, input:not([type=range])');

/** "Shift+ArrowLeft"; a "?" is itself, however it is typed. */
function nameOf(event: KeyboardEvent): string {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    return event.shiftKey && key.startsWith('Arrow') ? `Shift+${key}` : key;
}

/** The keys that work anywhere on the page. @return stops listening */
export function listenToKeys(): () => void {
    let first = '';
    let firstAt = 0;
    const wanted = (name: string): Shortcut | undefined => {
        if (first && performance.now() - firstAt < kSecondKeyMs) {
            const pair = `${first} ${name}`;
            first = '';
            return shortcuts.find(({ keys }) => keys === pair);
        }
        first = '';
        if (shortcuts.some(({ keys }) => keys.length > 1 && keys.startsWith(`${name} `))) {
            first = name;
            firstAt = performance.now();
            return undefined;
        }
        return shortcuts.find(({ keys }) => keys === name);
    };
    const onKeyDown = (event: KeyboardEvent) => {
        if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
        const target = event.target instanceof Element ? event.target : document.body;
        if (typesText(target) || menuOpen()) return;
        const modal = dialogOpen() || target.closest('dialog') !== null;
        if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
            if (!event.shiftKey) {
                if (modal || usesArrows(target)) return;
                if (moveListFocus(event.key === 'ArrowDown' ? 1 : -1)) event.preventDefault();
                return;
            }
        }
        const shortcut = wanted(nameOf(event));
        if (!shortcut) return;
        if (shortcut.own === 'space' && usesSpace(target)) return;
        if (shortcut.own === 'arrows' && usesArrows(target)) return;
        // A dialog is about something else than the page behind it.
        if (modal && shortcut.group !== 'play' && shortcut.group !== 'sound') return;
        event.preventDefault();
        if (!(shortcut.once && event.repeat)) shortcut.act();
    };
    // A row is a button: without this, letting go of Space would press it.
    const onKeyUp = (event: KeyboardEvent) => {
        if (
            event.key === ' ' &&
            event.target instanceof Element &&
            event.target.matches('.row, .queue-play')
        ) {
            event.preventDefault();
        }
    };
    addEventListener('keydown', onKeyDown);
    addEventListener('keyup', onKeyUp);
    return () => {
        removeEventListener('keydown', onKeyDown);
        removeEventListener('keyup', onKeyUp);
    };
}
