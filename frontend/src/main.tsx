import { effect } from '@preact/signals';
import { render } from 'preact';
import { joinMediaSession } from './audio/mediaSession';
import { keepQueue } from './audio/savedQueue';
import { whenQuiet } from './lib/quiet';
import { place } from './lib/router';
import { titleOf } from './lib/rows';
import { startInsight } from './model/insight';
import { startActivity } from './model/care/activity';
import * as library from './model/library';
import { startMeters } from './model/meters';
import { rememberSettings } from './model/settings';
import { startTheme } from './model/theme';
import { player } from './player';
import { App } from './ui/App';
import { pageAt } from './ui/pages/registry';
import './styles/fonts.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/library.css';
import './styles/pages.css';
import './styles/sound.css';
import './styles/dock.css';

startTheme();
rememberSettings();
startInsight(player);
startMeters(player.engine);
joinMediaSession(player);
keepQueue(player, new Promise(whenQuiet));

effect(() => {
    const track = player.track.value;
    const page = pageAt(place.value.path);
    document.title = track
        ? `${titleOf(track)} · ${track.artist || 'Segue'}`
        : page
          ? `${page.page.title} · Segue`
          : 'Segue';
});

const host = document.getElementById('app');
if (host) render(<App />, host);

whenQuiet(library.startLibrary);
whenQuiet(startActivity);

// The offline shell is for installed players; browsers allow it on secure origins alone.
if (import.meta.env.PROD && isSecureContext && 'serviceWorker' in navigator) {
    whenQuiet(() => {
        navigator.serviceWorker.register('/sw.js').catch(() => {
            // Without it the player is a page like any other.
        });
    });
}
