import * as settings from '../model/settings';
import { player } from '../player';
import { playOrPause } from './Dock';
import { moveListFocus } from './TrackList';

const kSeekSeconds = 5;

const typesText = (element: Element) =>
    element.matches('input:not([type=range], [type=radio]), textarea, select, [contenteditable]');
/** Sliders and radio groups have uses of their own for the arrow keys. */
const usesArrows = (element: Element) => element.matches('input, select, [role=slider]');
/** Space presses these; on a track row, which Enter plays, it plays and pauses like elsewhere. */
const usesSpace = (element: Element) =>
    element.matches('button:not(.row), a, summary, input:not([type=range])');

/** The keys that work anywhere on the page. @return stops listening */
export function listenToKeys(searchInput: () => HTMLInputElement | null): () => void {
    const onKeyDown = (event: KeyboardEvent) => {
        if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
        const target = event.target instanceof Element ? event.target : document.body;
        if (typesText(target)) {
            if (event.key === 'ArrowDown' && target === searchInput()) moveListFocus(1);
            else if (event.key !== 'Enter' || target !== searchInput()) return;
            else moveListFocus(1);
        } else if (event.key === ' ') {
            if (usesSpace(target)) return;
            if (!event.repeat) playOrPause();
        } else if (event.key === '/') {
            searchInput()?.focus();
            searchInput()?.select();
        } else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
            const forward = event.key === 'ArrowRight';
            if (event.shiftKey) {
                if (forward) player.next();
                else player.previous();
            } else {
                if (usesArrows(target)) return;
                player.seek(player.now + (forward ? kSeekSeconds : -kSeekSeconds));
            }
        } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
            if (usesArrows(target) || target.closest('dialog')) return;
            moveListFocus(event.key === 'ArrowDown' ? 1 : -1);
        } else if (event.key === 'e' || event.key === 'E') {
            settings.enhanced.value = !settings.enhanced.value;
        } else if (event.key === 'm' || event.key === 'M') {
            settings.muted.value = !settings.muted.value;
        } else {
            return;
        }
        event.preventDefault();
    };
    // A row is a button: without this, letting go of Space would press it.
    const onKeyUp = (event: KeyboardEvent) => {
        if (event.key === ' ' && event.target instanceof Element && event.target.matches('.row')) {
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
