import { useEffect, useRef } from 'preact/hooks';
import { formatTotal } from '../../lib/format';
import { navigate } from '../../lib/router';
import { listsVersion } from '../../model/lists';
import { createPlaylist, importPlaylist, loadPlaylists, playlists } from '../../model/playlists';
import { strings } from '../../strings';
import { askName } from '../AskName';
import { AddIcon, SmartIcon, UploadIcon } from '../icons';
import { PlaylistArt } from '../PlaylistArt';
import { editRules } from '../RuleEditor';
import { Instead, PageHead } from './parts';

const words = strings.library;

export default function PlaylistsPage() {
    const file = useRef<HTMLInputElement>(null);
    useEffect(() => void loadPlaylists(), [listsVersion.value]);
    const all = playlists.value;
    const go = (made: { id: string } | undefined) => made && navigate(`/playlists/${made.id}`);
    return (
        <div class="page-body">
            <PageHead title={strings.shell.playlists}>
                <button
                    type="button"
                    class="filled"
                    onClick={() =>
                        askName(words.newPlaylist, '', (name) => void createPlaylist(name).then(go))
                    }
                >
                    <AddIcon />
                    {words.newPlaylist}
                </button>
                <button
                    type="button"
                    class="plain"
                    onClick={() =>
                        editRules(undefined, (name, rules) =>
                            createPlaylist(name, rules).then((made) => {
                                go(made);
                                return made !== undefined;
                            }),
                        )
                    }
                >
                    <SmartIcon />
                    {words.newSmart}
                </button>
                <button type="button" class="plain" onClick={() => file.current?.click()}>
                    <UploadIcon />
                    {words.importFile}
                </button>
                <input
                    ref={file}
                    type="file"
                    hidden
                    accept=".m3u,.m3u8,audio/x-mpegurl,application/vnd.apple.mpegurl"
                    onChange={(event) => {
                        const [chosen] = event.currentTarget.files ?? [];
                        event.currentTarget.value = '';
                        if (chosen) void importPlaylist(chosen).then(go);
                    }}
                />
            </PageHead>
            {all?.length === 0 && (
                <Instead title={words.noPlaylists} text={words.noPlaylistsText} />
            )}
            <ul class="tiles-grid" aria-label={strings.shell.playlists}>
                {all?.map((playlist) => (
                    <li key={playlist.id}>
                        <a class="tile" href={`/playlists/${playlist.id}`}>
                            <span class="tile-art">
                                <PlaylistArt playlist={playlist} size={200} />
                            </span>
                            <span class="tile-title">{playlist.name}</span>
                            <span class="tile-facts">
                                {playlist.smart
                                    ? words.smart
                                    : [
                                          strings.shell.trackCount(playlist.entries ?? 0),
                                          playlist.durationSeconds
                                              ? formatTotal(playlist.durationSeconds)
                                              : '',
                                      ]
                                          .filter(Boolean)
                                          .join(' · ')}
                            </span>
                        </a>
                    </li>
                ))}
            </ul>
        </div>
    );
}
