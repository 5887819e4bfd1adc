import { effect } from '@preact/signals';
import { render } from 'preact';
import { joinMediaSession } from './audio/mediaSession';
import { titleOf } from './lib/rows';
import { startInsight } from './model/insight';
import * as library from './model/library';
import { startMeters } from './model/meters';
import { rememberSettings } from './model/settings';
import { player } from './player';
import { App } from './ui/App';
import './styles/fonts.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/library.css';
import './styles/sound.css';
import './styles/mastering.css';
import './styles/dock.css';

rememberSettings();
library.startLibrary();
startInsight(player);
startMeters(player.engine);
joinMediaSession(player);

/** `#track=ID` names a track, so that a reload or a shared link finds it again. */
function trackInLink(): string | null {
    return new URLSearchParams(location.hash.slice(1)).get('track');
}

const linked = trackInLink();
if (linked) void player.stage([linked], linked);
addEventListener('hashchange', () => {
    const id = trackInLink();
    if (id && id !== player.track.peek()?.id) player.playFrom(library.rowTrackIds.peek(), id);
});

effect(() => {
    const track = player.track.value;
    document.title = track ? `${titleOf(track)} · ${track.artist || 'Segue'}` : 'Segue';
    if (track) history.replaceState(history.state, '', `#track=${encodeURIComponent(track.id)}`);
});

// A track that a link named gets the library around it as its queue once that is known.
effect(() => {
    const ids = library.rowTrackIds.value;
    if (player.queue.peek().ids.length <= 1) player.setQueueAround(ids);
});

const host = document.getElementById('app');
if (host) render(<App />, host);
