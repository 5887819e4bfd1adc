import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Source } from '../model/playing';
import { addTo, createPlaylist, loadPlaylists, playlists } from '../model/playlists';
import { strings } from '../strings';
import { Dialog, showDialog } from './Dialog';
import { AddIcon, PlaylistIcon } from './icons';

const words = strings.library;

/** Asks to which playlist music is to be added. @param label  what it is: "Abbey Road", "3 tracks" */
export function pickPlaylist(source: Source, label: string): void {
    showDialog(({ onClose }) => <Picker source={source} label={label} onClose={onClose} />);
}

function Picker({
    source,
    label,
    onClose,
}: {
    source: Source;
    label: string;
    onClose: () => void;
}) {
    const name = useSignal('');
    useEffect(() => void loadPlaylists(), []);
    const own = playlists.value?.filter(({ smart }) => !smart);
    return (
        <Dialog title={words.addTo(label)} onClose={onClose}>
            <form
                class="new-playlist"
                onSubmit={(event) => {
                    event.preventDefault();
                    const title = name.peek().trim() || label;
                    onClose();
                    void createPlaylist(title).then((made) => made && addTo(made, source));
                }}
            >
                <input
                    class="field"
                    type="text"
                    maxLength={200}
                    placeholder={words.newPlaylist}
                    aria-label={words.newPlaylist}
                    value={name.value}
                    onInput={(event) => (name.value = event.currentTarget.value)}
                />
                <button type="submit" class="filled">
                    <AddIcon />
                    {words.create}
                </button>
            </form>
            <ul class="choices" aria-label={strings.shell.playlists}>
                {own?.map((playlist) => (
                    <li key={playlist.id}>
                        <button
                            type="button"
                            class="choice"
                            onClick={() => {
                                onClose();
                                void addTo(playlist, source);
                            }}
                        >
                            <PlaylistIcon />
                            <span class="choice-name">{playlist.name}</span>
                            <small>{strings.shell.trackCount(playlist.entries ?? 0)}</small>
                        </button>
                    </li>
                ))}
            </ul>
        </Dialog>
    );
}

