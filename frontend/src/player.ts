import { Player } from './audio/Player';

/** The one player of the page. */
export const player = new Player(document.body);
