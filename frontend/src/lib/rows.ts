import type { Track } from '../api/types';

export type SortOrder = 'albums' | 'artists' | 'titles';

export interface AlbumRow {
    kind: 'album';
    key: string;
    title: string;
    artist: string;
    year: number;
    trackCount: number;
    durationSeconds: number;
}
export interface TrackRow {
    kind: 'track';
    key: string;
    track: Track;
    /** The artist differs from the album's, so the row names it. */
    showArtist: boolean;
}
export type Row = AlbumRow | TrackRow;

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Articles do not count when names are ordered: "The Beta" stands with "Beta". */
function sortName(name: string): string {
    return name.replace(/^(the|a|an)\s+/i, '');
}

export function albumArtistOf(track: Track): string {
    return track.albumArtist || track.artist;
}

export function titleOf(track: Track): string {
    return track.title || 'Untitled';
}

type Key = readonly (string | number)[];

function compareKeys(a: Key, b: Key): number {
    for (let i = 0; i < a.length; i++) {
        const x = a[i];
        const y = b[i];
        const order =
            typeof x === 'number' && typeof y === 'number'
                ? x - y
                : collator.compare(String(x), String(y));
        if (order !== 0) return order;
    }
    return 0;
}

function keyOf(track: Track, order: SortOrder): Key {
    const artist = sortName(albumArtistOf(track));
    const place = [track.discNumber, track.trackNumber, track.title, Number(track.id)] as const;
    // Tracks without an album come after the albums.
    const loose = track.album ? 0 : 1;
    switch (order) {
        case 'albums':
            return [loose, sortName(track.album), artist, ...place];
        case 'artists':
            return [artist, loose, track.year, sortName(track.album), ...place];
        case 'titles':
            return [sortName(titleOf(track)), artist, sortName(track.album), Number(track.id)];
    }
}

export function sortTracks(tracks: readonly Track[], order: SortOrder): Track[] {
    return tracks
        .map((track) => ({ track, key: keyOf(track, order) }))
        .sort((a, b) => compareKeys(a.key, b.key))
        .map(({ track }) => track);
}

/** Rows as they are drawn: grouped under their album, or flat when sorted by title. */
export function rowsOf(tracks: readonly Track[], order: SortOrder): Row[] {
    const sorted = sortTracks(tracks, order);
    const rows: Row[] = [];
    let album: AlbumRow | undefined;
    for (const track of sorted) {
        const artist = albumArtistOf(track);
        if (order !== 'titles') {
            const key = `album:${track.album}\u0000${artist}`;
            if (album?.key !== key) {
                album = {
                    kind: 'album',
                    key,
                    title: track.album || 'Single tracks',
                    artist,
                    year: track.year,
                    trackCount: 0,
                    durationSeconds: 0,
                };
                rows.push(album);
            }
            album.trackCount += 1;
            album.durationSeconds += track.durationSeconds;
            album.year ||= track.year;
        }
        rows.push({
            kind: 'track',
            key: `track:${track.id}`,
            track,
            showArtist: order === 'titles' || track.artist !== artist,
        });
    }
    return rows;
}
