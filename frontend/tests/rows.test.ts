import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Track } from '../src/api/types';
import { rowsOf, sortTracks } from '../src/lib/rows';

let nextId = 1;
function track(fields: Partial<Track>): Track {
    return {
        id: String(nextId++),
        title: 'Title',
        artist: 'Artist',
        album: 'Album',
        albumArtist: '',
        genre: '',
        trackNumber: 0,
        discNumber: 0,
        year: 0,
        durationSeconds: 60,
        sampleRateHz: 44100,
        channels: 2,
        codec: 'flac',
        missing: false,
        ...fields,
    };
}

const titles = (tracks: Track[]) => tracks.map(({ title }) => title);

test('an album plays by disc and track number, whatever order it came in', () => {
    const tracks = [
        track({ title: 'd', discNumber: 2, trackNumber: 1 }),
        track({ title: 'c', discNumber: 1, trackNumber: 10 }),
        track({ title: 'b', discNumber: 1, trackNumber: 2 }),
        track({ title: 'a', discNumber: 1, trackNumber: 1 }),
    ];
    assert.deepEqual(titles(sortTracks(tracks, 'albums')), ['a', 'b', 'c', 'd']);
});

test('tracks are grouped under one heading per album and album artist', () => {
    const rows = rowsOf(
        [
            track({ album: 'Hits', albumArtist: 'X', artist: 'X' }),
            track({ album: 'Hits', albumArtist: 'Y', artist: 'Y' }),
            track({ album: 'Hits', albumArtist: 'X', artist: 'X feat. Z' }),
        ],
        'albums',
    );
    const headings = rows.filter((row) => row.kind === 'album');
    assert.deepEqual(
        headings.map((row) => [row.artist, row.trackCount, row.durationSeconds]),
        [
            ['X', 2, 120],
            ['Y', 1, 60],
        ],
    );
    const named = rows.filter((row) => row.kind === 'track' && row.showArtist);
    assert.equal(named.length, 1);
});

test('articles and case do not count in names', () => {
    const tracks = [
        track({ album: 'zebra' }),
        track({ album: 'The Apple' }),
        track({ album: 'Mango' }),
    ];
    assert.deepEqual(
        sortTracks(tracks, 'albums').map(({ album }) => album),
        ['The Apple', 'Mango', 'zebra'],
    );
});

test('an artist’s albums stand by year, those without an album last', () => {
    const tracks = [
        track({ artist: 'B', album: 'Second', year: 2001 }),
        track({ artist: 'B', album: '' }),
        track({ artist: 'B', album: 'First', year: 1999 }),
        track({ artist: 'A', album: 'Later', year: 2020 }),
    ];
    assert.deepEqual(
        sortTracks(tracks, 'artists').map(({ album }) => album),
        ['Later', 'First', 'Second', ''],
    );
});

test('by title there are no headings', () => {
    const rows = rowsOf([track({ title: 'B' }), track({ title: 'a' })], 'titles');
    assert.deepEqual(
        rows.map((row) => row.kind === 'track' && row.track.title),
        ['a', 'B'],
    );
});

test('every row has a key of its own', () => {
    const rows = rowsOf(
        Array.from({ length: 50 }, (_, i) =>
            track({ album: `A${i % 7}`, albumArtist: `P${i % 3}` }),
        ),
        'albums',
    );
    assert.equal(new Set(rows.map(({ key }) => key)).size, rows.length);
});
