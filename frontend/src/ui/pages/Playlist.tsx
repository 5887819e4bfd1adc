import { catalog, type PlaylistEntry } from '../../api/catalog';
import type { Track } from '../../api/types';
import { formatTotal } from '../../lib/format';
import type { PagedList } from '../../lib/pagedList';
import { navigate } from '../../lib/router';
import { cursorList } from '../../model/lists';
import {
    changePlaylist,
    deletePlaylist,
    moveEntries,
    playlists,
    removeEntries,
} from '../../model/playlists';
import { meet } from '../../model/tracks';
import { player } from '../../player';
import { strings } from '../../strings';
import { askName, confirm } from '../AskName';
import { DownloadIcon, EditIcon, SmartIcon, TrashIcon } from '../icons';
import { PlaylistArt } from '../PlaylistArt';
import { editRules } from '../RuleEditor';
import { musicItems } from '../trackMenu';
import { TrackRows } from '../TrackRows';
import { Hero, Instead, ListState, NotAnswering } from './parts';
import type { PageProps } from './registry';
import { useLoaded } from './useLoaded';

const words = strings.library;
const kMostQueued = 2000;
const trackOf = (entry: PlaylistEntry) => entry.track;

const tracksOf = (list: PagedList<PlaylistEntry>) => async (): Promise<readonly Track[]> =>
    (await list.take(0, kMostQueued)).map(trackOf);

/** A track may stand in a playlist several times, so it is played by its place. */
async function playEntry(list: PagedList<PlaylistEntry>, index: number): Promise<void> {
    const tracks = await tracksOf(list)();
    const track = tracks[index];
    if (!track) return;
    meet(tracks);
    player.playFrom(
        tracks.map(({ id }) => id),
        track.id,
    );
    if (player.queue.peek().index !== index && !player.queue.peek().home) player.jumpTo(index);
}

export default function PlaylistPage({ params }: PageProps) {
    const id = params['id'] ?? '';
    const list = cursorList<PlaylistEntry>(
        `playlist/${id}`,
        (ask, stop) => catalog.playlistTracks(id, ask, stop),
        trackOf,
    );
    if (list.status.value === 'loading') list.need(0, 40);
    const { value: loaded, failure } = useLoaded(id, (stop) => catalog.playlist(id, stop));
    const newer = playlists.value?.find((one) => one.id === id);
    const playlist = newer && newer.revision >= (loaded?.revision ?? 0) ? newer : loaded;
    if (failure === 'absent') return <Instead title={words.noPlaylist} />;
    if (failure) return <NotAnswering />;
    if (!playlist) return <p class="lazy-wait" role="status" aria-label={strings.shell.loading} />;

    const source = tracksOf(list);
    const idAt = (index: number) => list.at(index)?.entryId ?? undefined;

    /** Shown at once; the server's answer is the same. */
    const move = (from: number, to: number) => {
        const moved = idAt(from);
        const before = to >= list.count.peek() ? null : idAt(to);
        if (moved === undefined || before === undefined) return;
        list.replace((rows) => {
            const [row] = rows.splice(from, 1);
            rows.splice(from < to ? to - 1 : to, 0, row);
            return rows;
        });
        void moveEntries(id, [moved], before);
    };
    const remove = (indexes: readonly number[]) => {
        const ids = indexes.flatMap((index) => idAt(index) ?? []);
        const gone = new Set(indexes);
        list.replace((rows) => rows.filter((_, i) => !gone.has(i)));
        void removeEntries(id, ids);
    };

    return (
        <div class="page-body">
            <Hero
                kind={playlist.smart ? words.smart : words.playlist}
                title={playlist.name}
                art={<PlaylistArt playlist={playlist} size={256} />}
                source={source}
                menu={[
                    ...musicItems(source, { kind: 'playlist', id, label: playlist.name }),
                    {
                        label: words.rename,
                        icon: EditIcon,
                        apart: true,
                        act: () =>
                            askName(
                                words.rename,
                                playlist.name,
                                (name) => void changePlaylist(id, { name }),
                            ),
                    },
                    {
                        label: words.export,
                        icon: DownloadIcon,
                        act: () => {
                            const link = document.createElement('a');
                            link.href = catalog.playlistFileUrl(id);
                            link.download = `${playlist.name}.m3u8`;
                            link.click();
                        },
                    },
                    {
                        label: words.delete,
                        icon: TrashIcon,
                        danger: true,
                        act: () =>
                            confirm(
                                words.deleteTitle(playlist.name),
                                words.deleteText,
                                words.delete,
                                () =>
                                    void deletePlaylist(playlist, () =>
                                        navigate('/playlists', 'replace'),
                                    ),
                            ),
                    },
                ]}
                lines={
                    <>
                        {playlist.description && <p>{playlist.description}</p>}
                        <p class="quiet">
                            {[
                                list.exact ? strings.shell.trackCount(list.count.value) : '',
                                playlist.durationSeconds
                                    ? formatTotal(playlist.durationSeconds)
                                    : '',
                            ]
                                .filter(Boolean)
                                .join(' · ')}
                        </p>
                    </>
                }
            >
                {playlist.smart && (
                    <button
                        type="button"
                        class="plain"
                        onClick={() =>
                            editRules(
                                { name: playlist.name, rules: playlist.rules ?? {} },
                                async (name, rules) =>
                                    (await changePlaylist(id, { name, rules })) !== undefined,
                            )
                        }
                    >
                        <SmartIcon />
                        {words.editRules}
                    </button>
                )}
            </Hero>
            <ListState
                status={list.status.value}
                count={list.count.value}
                empty={
                    <Instead
                        title={words.emptyPlaylist}
                        text={playlist.smart ? words.emptySmartText : words.emptyPlaylistText}
                    />
                }
            />
            <TrackRows
                list={list}
                trackOf={trackOf}
                keyOf={({ entryId, track }) => entryId ?? track.id}
                label={playlist.name}
                columns={['album']}
                onPlay={(index) => void playEntry(list, index)}
                onMove={playlist.smart ? undefined : move}
                onRemove={playlist.smart ? undefined : remove}
                itemsFor={(indexes) =>
                    playlist.smart
                        ? []
                        : [
                              {
                                  label: words.takeOut,
                                  icon: TrashIcon,
                                  apart: true,
                                  act: () => remove(indexes),
                              },
                          ]
                }
            />
        </div>
    );
}
