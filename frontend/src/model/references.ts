import { signal } from '@preact/signals';
import { soundApi } from '../api/sound';
import type { Reference, Track } from '../api/types';
import { dropFile, keepFile, keptFile } from './keptFiles';
import * as settings from './settings';

const kStorageKey = 'segue.references';

export const references = signal<readonly Reference[] | undefined>(undefined);

/** What can be heard of a reference: the server keeps numbers and titles, no sound. */
type Sounds = Record<string, string[]>;
/** Files that were sent while this page lives, kept in the browser or not. */
const files = new Map<string, File>();
const nowhere = () => undefined;

function soundsOf(): Sounds {
    try {
        const parsed: unknown = JSON.parse(localStorage.getItem(kStorageKey) ?? '{}');
        return typeof parsed === 'object' && parsed !== null ? (parsed as Sounds) : {};
    } catch {
        return {};
    }
}

function remember(id: string, trackIds: string[] | undefined): void {
    const { [id]: _, ...others } = soundsOf();
    try {
        const sounds = trackIds ? { ...others, [id]: trackIds } : others;
        localStorage.setItem(kStorageKey, JSON.stringify(sounds));
    } catch {
        // Where nothing can be kept, the titles still find most tracks.
    }
}

export async function loadReferences(): Promise<void> {
    references.value = (await soundApi.references()).references;
}

/** Makes a reference of tracks and goes by it. @throws ApiError */
export async function referTo(tracks: readonly Track[], name: string): Promise<void> {
    const ids = tracks.map(({ id }) => id);
    const made = await soundApi.createReference(name, ids);
    remember(made.id, ids);
    settings.reference.value = made.id;
    await loadReferences();
}

/** Makes a reference of a file and goes by it. @throws ApiError */
export async function referToFile(file: File, aborted: AbortSignal): Promise<void> {
    const made = await soundApi.sendReference(file, aborted);
    files.set(made.id, file);
    void keepFile(made.id, file).catch(nowhere);
    settings.reference.value = made.id;
    await loadReferences();
}

export async function forgetReference({ id }: Reference): Promise<void> {
    if (settings.reference.value === id) settings.reference.value = '';
    await soundApi.deleteReference(id);
    remember(id, undefined);
    files.delete(id);
    void dropFile(id).catch(nowhere);
    await loadReferences();
}

/** Where a reference can be listened to, as it is. @return undefined where it is not to be had */
export async function soundOf(reference: Reference): Promise<string | undefined> {
    const file = files.get(reference.id) ?? (await keptFile(reference.id).catch(nowhere));
    if (file) return URL.createObjectURL(file);
    const known = soundsOf()[reference.id]?.[0];
    if (typeof known === 'string') return soundApi.originalUrl(known);
    const title = reference.sources[0];
    if (!title) return undefined;
    const { tracks } = await soundApi.search(title, 5);
    const found = tracks.find((track) => track.title === title && !track.missing);
    return found && soundApi.originalUrl(found.id);
}
