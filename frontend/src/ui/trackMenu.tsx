import { catalog } from '../api/catalog';
import type { Track } from '../api/types';
import { titleOf } from '../lib/rows';
import { navigate } from '../lib/router';
import { markOf, rate, starAll, toggleStar } from '../model/marks';
import { addToQueue, play, playNext, playRadio, type Source } from '../model/playing';
import { strings } from '../strings';
import {
    AddIcon,
    AlbumIcon,
    ArtistIcon,
    EnhanceIcon,
    NextIcon,
    PlayIcon,
    PlaylistIcon,
    QueueIcon,
    RadioIcon,
    StarIcon,
    WarmIcon,
} from './icons';
import type { Selection } from '../lib/selection';
import type { MenuItem } from './Menu';
import { pickPlaylist } from './PlaylistPicker';
import { enhanceDialog, prewarmDialog } from './care/dialogs';

const words = strings.library;

const kRatings = [5, 4, 3, 2, 1, 0];

/** "★★★☆☆" */
export const starsOf = (rating: number) => '★★★★★☆☆☆☆☆'.slice(5 - rating, 10 - rating);

/** What can be done with any music: tracks, an album, an artist, a playlist. */
export function musicItems(source: Source, selection: Selection): MenuItem[] {
    return [
        { label: words.playNow, icon: PlayIcon, act: () => void play(source) },
        { label: words.playNext, icon: NextIcon, act: () => void playNext(source) },
        { label: words.addToQueue, icon: QueueIcon, act: () => void addToQueue(source) },
        {
            label: words.addToPlaylist,
            icon: AddIcon,
            act: () => pickPlaylist(source, selection.label),
        },
        {
            label: words.prewarm,
            icon: WarmIcon,
            apart: true,
            act: () => prewarmDialog(selection),
        },
        { label: words.enhance, icon: EnhanceIcon, act: () => enhanceDialog(selection) },
    ];
}

function ratingItems(track: Track): MenuItem[] {
    const now = markOf(track).rating ?? 0;
    return kRatings.map((rating) => ({
        label: rating > 0 ? starsOf(rating) : words.noRating,
        checked: rating === now,
        act: () => void rate(track, rating || null),
    }));
}

export async function goToArtist(track: Track): Promise<void> {
    const details = await catalog.track(track.id);
    const artist =
        details.artists.find(({ role }) => role === 'artist') ??
        details.artists.find(({ role }) => role === 'albumArtist');
    if (artist) navigate(`/artists/${artist.id}`);
}

export interface TrackMenuOptions {
    /** Rows that only this list has: "Take out of the playlist". */
    own?: readonly MenuItem[] | undefined;
    /** Opens the menu of ratings in place of this one. */
    openRatings: (items: readonly MenuItem[]) => void;
}

export function trackItems(track: Track, options: TrackMenuOptions): MenuItem[] {
    const title = titleOf(track);
    const starred = markOf(track).starredAtMs !== null;
    const [playNow, ...others] = musicItems([track], {
        kind: 'tracks',
        trackIds: [track.id],
        label: title,
    });
    return [
        ...(playNow ? [playNow] : []),
        ...others.slice(0, 3),
        { label: words.radio, icon: RadioIcon, act: () => void playRadio(track) },
        {
            label: words.similar,
            icon: PlaylistIcon,
            act: () => navigate(`/tracks/${track.id}/similar`),
        },
        {
            label: starred ? words.unstar : words.star,
            icon: StarIcon,
            apart: true,
            act: () => void toggleStar(track),
        },
        {
            label: words.rate,
            icon: StarIcon,
            act: () => options.openRatings(ratingItems(track)),
        },
        ...(track.albumId
            ? [
                  {
                      label: words.goToAlbum,
                      icon: AlbumIcon,
                      apart: true,
                      act: () => navigate(`/albums/${track.albumId}`),
                  },
              ]
            : []),
        { label: words.goToArtist, icon: ArtistIcon, act: () => void goToArtist(track) },
        ...others.slice(3),
        ...(options.own ?? []),
    ];
}

/** For several picked tracks. */
export function tracksItems(tracks: readonly Track[], own: readonly MenuItem[] = []): MenuItem[] {
    return [
        ...musicItems(tracks, {
            kind: 'tracks',
            trackIds: tracks.map(({ id }) => id),
            label: strings.shell.trackCount(tracks.length),
        }),
        { label: words.star, icon: StarIcon, act: () => void starAll(tracks) },
        ...own,
    ];
}
