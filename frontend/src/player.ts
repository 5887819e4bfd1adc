import { Player } from './audio/Player';
import * as settings from './model/settings';

/** The one player of the page. */
export const player = new Player();

declare global {
    interface Window {
        /** For scripts in the browser's console, and for tests that listen. */
        segue: { player: Player; settings: typeof settings };
    }
}
window.segue = { player, settings };
