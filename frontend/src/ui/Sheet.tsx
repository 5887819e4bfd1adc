import { useEffect, useRef } from 'preact/hooks';
import { titleOf } from '../lib/rows';
import { sheetOpen } from '../model/view';
import { player } from '../player';
import { strings } from '../strings';
import { TrackArt } from './Artwork';
import { Transport, Volume } from './Dock';
import { ChevronDownIcon } from './icons';
import { Panel } from './Panel';
import { PlayOptionsButton } from './PlayOptions';
import { SeekBar } from './SeekBar';
import { Toasts } from './Toasts';

const words = strings.player;

/** On phones the whole player, on tablets the sound settings beside the list. */
export function Sheet() {
    const dialog = useRef<HTMLDialogElement>(null);
    const open = sheetOpen.value;
    useEffect(() => {
        const element = dialog.current;
        if (!element) return;
        if (open && !element.open) element.showModal();
        if (!open && element.open) element.close();
    }, [open]);
    const track = player.track.value;
    return (
        <dialog
            ref={dialog}
            class="sheet"
            aria-label={words.sheet}
            onClose={() => (sheetOpen.value = false)}
            onClick={(event) => {
                if (event.target === dialog.current) sheetOpen.value = false;
            }}
        >
            {open && (
                <div class="sheet-body">
                    <button
                        type="button"
                        class="round sheet-close"
                        aria-label={words.close}
                        onClick={() => (sheetOpen.value = false)}
                    >
                        <ChevronDownIcon />
                    </button>
                    <div class="sheet-player">
                        {track ? <TrackArt track={track} size={320} eager /> : <span class="now-blank" />}
                        <div class="sheet-words">
                            <p class="now-title">{track ? titleOf(track) : words.nothing}</p>
                            <p class="now-artist">
                                {track
                                    ? [track.artist || words.unknownArtist, track.album]
                                          .filter(Boolean)
                                          .join(' · ')
                                    : ''}
                            </p>
                        </div>
                        <SeekBar />
                        <Transport />
                        <div class="sheet-level">
                            <Volume />
                            <PlayOptionsButton />
                        </div>
                    </div>
                    <Panel id="sheet" />
                </div>
            )}
            {open && <Toasts />}
        </dialog>
    );
}
