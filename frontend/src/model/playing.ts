import { catalog } from '../api/catalog';
import type { Track } from '../api/types';
import type { PagedList } from '../lib/pagedList';
import { player } from '../player';
import { strings } from '../strings';
import { trackList } from './lists';
import * as settings from './settings';
import { toast } from './toasts';
import { meet } from './tracks';

/** So many tracks of a list follow the one that was chosen; the server keeps 10,000. */
const kMostQueued = 2000;
const kRadioTracks = 100;

const say = (error: unknown) =>
    toast(error instanceof Error ? error.message : String(error), 'error');

const idsOf = (tracks: readonly Track[]) => tracks.map(({ id }) => id);

/** What is to be played: here already, or a list that is loaded as far as it is needed. */
export type Source = readonly Track[] | PagedList<Track> | (() => Promise<readonly Track[]>);

async function tracksOf(source: Source): Promise<readonly Track[]> {
    if (typeof source === 'function') return source();
    return 'take' in source ? source.take(0, kMostQueued) : source;
}

async function withTracks(source: Source, act: (tracks: readonly Track[]) => void): Promise<void> {
    try {
        const tracks = await tracksOf(source);
        meet(tracks);
        if (tracks.length === 0) toast(strings.library.nothingToPlay);
        else act(tracks);
    } catch (error) {
        say(error);
    }
}

export const play = (source: Source) =>
    withTracks(source, (tracks) => {
        const first = tracks.find(({ missing }) => !missing) ?? tracks[0];
        if (first) player.playFrom(idsOf(tracks), first.id);
    });

export const playShuffled = (source: Source) =>
    withTracks(source, (tracks) => {
        const there = tracks.filter(({ missing }) => !missing);
        const first = there[Math.floor(Math.random() * there.length)];
        if (!first) return;
        if (!settings.shuffle.peek()) player.toggleShuffle();
        player.playFrom(idsOf(tracks), first.id);
    });

export const playNext = (source: Source) =>
    withTracks(source, (tracks) => {
        if (player.track.peek()) player.insertNext(idsOf(tracks));
        else void play(tracks);
        toast(strings.library.playsNext(tracks.length));
    });

export const addToQueue = (source: Source) =>
    withTracks(source, (tracks) => {
        if (player.track.peek()) player.append(idsOf(tracks));
        else void play(tracks);
        toast(strings.library.queued(tracks.length));
    });

/**
 * Plays row `index` of a list at once, with what is loaded around it as the queue; what follows in
 * the list comes behind it as soon as it is there.
 */
export async function playRow(list: PagedList<Track>, index: number): Promise<void> {
    const track = list.at(index);
    if (!track) return;
    let begin = index;
    while (begin > 0 && index - begin < kMostQueued / 2 && list.at(begin - 1)) begin--;
    const before = list.loaded(begin, index + kMostQueued / 2);
    meet(before);
    player.playFrom(idsOf(before), track.id);
    const end = begin + before.length;
    if (end >= index + kMostQueued / 2 || (list.exact && end >= list.count.peek())) return;
    try {
        const more = await list.take(end, index + kMostQueued / 2);
        meet(more);
        // The listener may have gone on to something else meanwhile.
        const { ids } = player.queue.peek();
        if (ids.length === before.length && ids.includes(track.id)) player.append(idsOf(more));
    } catch (error) {
        say(error);
    }
}

/** Music that sounds like a track, beginning with it. */
export async function playRadio(track: Track): Promise<void> {
    try {
        const seed = Math.floor(Math.random() * 1_000_000);
        const answer = await catalog.radio(track.id, seed, kRadioTracks);
        if (!answer.analysed) {
            toast(strings.library.notMeasuredYet);
            return;
        }
        const others = answer.tracks.filter(({ id }) => id !== track.id);
        meet([track, ...others]);
        player.playFrom(idsOf([track, ...others]), track.id);
        toast(strings.library.radioOf(track.title));
    } catch (error) {
        say(error);
    }
}

/** All tracks of albums, disc by disc. */
export const tracksOfAlbum = (id: string) => trackList({ album: id });

/** An artist's tracks, album by album. */
export const tracksOfArtist = (id: string) => trackList({ artist: id });

export const tracksOfGenre = (id: string) => trackList({ genre: id });

/** A few albums of chance, one after the other: something for those who cannot decide. */
export async function playAnything(): Promise<void> {
    const seed = String(Math.floor(Math.random() * 1_000_000));
    await withTracks(
        () => trackList({ sort: 'random', seed }).take(0, kRadioTracks),
        (tracks) => player.playFrom(idsOf(tracks), tracks[0]?.id ?? ''),
    );
}
