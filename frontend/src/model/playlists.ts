import { signal } from '@preact/signals';
import { catalog, type ImportAnswer, type Playlist, type SmartRules } from '../api/catalog';
import { apiErrorOf, request } from '../api/client';
import { strings } from '../strings';
import { refreshLists } from './lists';
import type { Source } from './playing';
import { toast } from './toasts';

const kMost = 1000;

/** All playlists; undefined until they are loaded. */
export const playlists = signal<readonly Playlist[] | undefined>(undefined);

const say = (error: unknown) =>
    toast(error instanceof Error ? error.message : String(error), 'error');

export async function loadPlaylists(): Promise<void> {
    try {
        playlists.value = (await catalog.playlists({ limit: kMost })).items;
    } catch (error) {
        say(error);
    }
}

/** Runs a change and has everything that shows playlists look anew. @return nothing if it failed */
async function change<T>(act: () => Promise<T>): Promise<T | undefined> {
    try {
        const done = await act();
        refreshLists('playlist');
        void loadPlaylists();
        return done;
    } catch (error) {
        say(error);
        return undefined;
    }
}

/** As change(), for what the page shows already: its rows stay, unless the server refuses. */
async function rearrange(act: () => Promise<Playlist>): Promise<void> {
    try {
        const changed = await act();
        playlists.value = playlists
            .peek()
            ?.map((playlist) => (playlist.id === changed.id ? changed : playlist));
    } catch (error) {
        say(error);
        refreshLists('playlist');
    }
}

export const createPlaylist = (name: string, rules?: SmartRules) =>
    change(() => catalog.createPlaylist(rules ? { name, rules } : { name }));

export const changePlaylist = (
    id: string,
    body: { name?: string; description?: string; rules?: SmartRules },
) => change(() => catalog.changePlaylist(id, body));

/** @param leave  goes away from its page, which would ask for it once more */
export async function deletePlaylist(playlist: Playlist, leave: () => void): Promise<void> {
    await change(async () => {
        await catalog.deletePlaylist(playlist.id);
        // The list that is gone back to would ask for its picture.
        playlists.value = playlists.peek()?.filter(({ id }) => id !== playlist.id);
        toast(strings.library.deleted(playlist.name));
        leave();
    });
}

export async function addTo(playlist: Playlist, source: Source): Promise<void> {
    await change(async () => {
        const tracks = await (typeof source === 'function'
            ? source()
            : 'take' in source
              ? source.take(0, 100_000)
              : source);
        if (tracks.length === 0) return;
        await catalog.addToPlaylist(
            playlist.id,
            tracks.map(({ id }) => id),
        );
        toast(strings.library.addedTo(tracks.length, playlist.name));
    });
}

export const moveEntries = (id: string, entryIds: readonly string[], before: string | null) =>
    rearrange(() => catalog.moveInPlaylist(id, entryIds, before));

export const removeEntries = (id: string, entryIds: readonly string[]) =>
    rearrange(() => catalog.removeFromPlaylist(id, entryIds));

/** Makes a playlist of an M3U or M3U8 file, and says what was not recognised. */
export async function importPlaylist(file: File): Promise<Playlist | undefined> {
    return change(async () => {
        const name = file.name.replace(/\.m3u8?$/i, '');
        const response = await request(`/api/playlists/import?name=${encodeURIComponent(name)}`, {
            method: 'POST',
            headers: { 'content-type': 'application/vnd.apple.mpegurl' },
            body: file,
        });
        if (!response.ok) throw await apiErrorOf(response);
        const made = (await response.json()) as ImportAnswer;
        const { byPath, byPathEnd, byTags } = made.matched;
        toast(strings.library.imported(byPath + byPathEnd + byTags, made.unmatchedCount));
        return made;
    });
}
