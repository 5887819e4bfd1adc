import { signal } from '@preact/signals';

/** The player and sound settings over the list, on screens that have no room beside it. */
export const sheetOpen = signal(false);
