import { signal } from '@preact/signals';

/** The player and sound settings over the page, on screens that have no room beside it. */
export const sheetOpen = signal(false);

/** What the panel beside the page shows. */
export type PanelTab = 'sound' | 'queue';
export const panelTab = signal<PanelTab>('sound');
