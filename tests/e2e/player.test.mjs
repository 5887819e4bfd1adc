// The player against the real server, in Debian's Chromium: what a listener does, and what is heard.
import assert from 'node:assert/strict';
import { mkdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch, PlayerPage, until } from './support/page.mjs';
import { Server } from './support/server.mjs';
import { find, rms, wavRange } from './support/sound.mjs';
import { Ears, kListening } from './support/ears.mjs';
import { hears } from './support/measure.mjs';

const kResults = fileURLToPath(new URL('results/', import.meta.url));
/** Silence is below this; music, even quiet, is far above. */
const kAudibleRms = 0.003;
/** Heard and served samples are alike to this, gain aside: nothing is resampled on the way. */
const kAlike = 0.95;

const server = new Server();
let browser;
let tracks;

before(async () => {
    mkdirSync(kResults, { recursive: true });
    server.makeDemo();
    await server.start();
    await until(
        'the library is scanned',
        async () => {
            const health = await server.json('/api/health');
            tracks = (await server.json('/api/tracks')).tracks;
            return !health.scan?.running && tracks.length > 1;
        },
        60_000,
    );
    browser = await launch();
});

after(async () => {
    await browser?.close();
    await server.remove();
});

const trackOf = (url) => tracks.find(({ id }) => id === /stream\/([^?]+)/.exec(url)?.[1]);

/** Opens the page, runs the flow, closes; the closing checks the console and the hosts. */
function flow(name, act, options = {}) {
    test(name, { timeout: 120_000 }, async () => {
        const player = await PlayerPage.open(browser, server.origin, {
            ...options,
            context: { ...kListening, ...options.context },
        });
        try {
            await act(player);
        } catch (error) {
            await player.page.screenshot({ path: `${kResults}failed.png` }).catch(() => {});
            await player.close().catch((complaints) => console.error(String(complaints)));
            console.error(server.output.slice(-4000));
            throw error;
        }
        await player.close();
    });
}

/** What is heard is music, and the server's own samples of the stream that is said to play. */
async function hearsTheStream(player) {
    const { url } = await player.state();
    const track = trackOf(url);
    const ears = await Ears.open(player.page);
    const { planes } = await ears.hear(0.7);
    const { time } = await player.state();
    const mono = planes[0].map((sample, i) => (sample + planes[1][i]) / 2);
    assert.ok(rms(mono) > kAudibleRms, `silence: ${rms(mono)}`);
    const from = Math.max(0, time - 8);
    const wanted = await wavRange(server, url, track, from, time + 1);
    const { likeness, seconds } = find(mono, wanted, ears.rateHz);
    assert.ok(likeness > kAlike, `heard something else: likeness ${likeness}`);
    const at = from + seconds + 0.7;
    assert.ok(at <= time + 0.1 && at > time - 7, `heard ${at} s while the clock says ${time} s`);
    return { track, time, url };
}

flow('the list shows every track of the library', async (player) => {
    await player.rows.first().waitFor();
    assert.equal(await player.rows.count(), tracks.length);
    for (const { title, artist } of tracks) {
        const row = player.page.getByRole('button', { name: `Play ${title} by ${artist}` });
        assert.equal(await row.count(), 1, title);
    }
});

flow('pressing play is heard, and it is the mastered stream', async (player) => {
    await player.rows.first().waitFor();
    await player.page.getByRole('button', { name: 'Play', exact: true }).click();
    const { url } = await player.playsBeyond(1);
    assert.match(url, /enhanced=true/);
    await hearsTheStream(player);
});

flow('what comes next is made ready by the server, unless that is switched off', async (player) => {
    const hints = [];
    player.page.on('request', (request) => {
        const { pathname, searchParams } = new URL(request.url());
        const [, of] = /^\/api\/player\/stream\/(.+)/.exec(pathname) ?? [];
        if (of) hints.push({ of, next: searchParams.get('next') });
    });
    await player.startFirst();
    assert.ok(hints.length > 0);
    assert.ok(hints.every(({ of, next }) => next !== of && trackOf(`stream/${next}`)));
    const { id } = await player.state();
    await player.page.evaluate(() => (window.segue.settings.prefetch.value = false));
    hints.length = 0;
    await player.page.keyboard.press('Shift+ArrowRight');
    await until('the next track', async () => (await player.state()).id !== id);
    await player.playsBeyond(0.3);
    assert.ok(hints.length > 0);
    // That a track is followed by itself has the server prepare nothing.
    assert.ok(hints.every(({ of, next }) => next === of), JSON.stringify(hints));
});

flow('seeking to the middle plays the middle', async (player) => {
    await player.startFirst();
    const bar = player.page.getByRole('slider', { name: 'Position' });
    await bar.click();
    const { duration } = await player.state();
    const { time } = await player.playsBeyond(duration * 0.4);
    assert.ok(Math.abs(time - duration / 2) < 2, `at ${time} of ${duration} s`);
    await player.playsBeyond(time + 0.5);
    await hearsTheStream(player);
});

test('scripts and styles come compressed, and are the same', async () => {
    const page = await (await fetch(`${server.origin}/`)).text();
    const paths = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path);
    assert.equal(paths.length, 2);
    for (const path of paths) {
        const [small, plain] = await Promise.all(
            ['gzip', 'identity'].map((coding) =>
                fetch(server.origin + path, { headers: { 'accept-encoding': coding } }),
            ),
        );
        assert.equal(small.headers.get('content-encoding'), 'gzip');
        assert.equal(plain.headers.get('content-encoding'), null);
        const bytes = Number(plain.headers.get('content-length'));
        assert.ok(Number(small.headers.get('content-length')) < bytes / 2, path);
        assert.equal(await small.text(), await plain.text());
    }
});

flow('original and enhanced change over at the same place, at equal loudness', async (player) => {
    await player.startFirst();
    await player.playsBeyond(2);
    const choice = player.page.locator('.dock').getByRole('switch', { name: 'Enhanced sound' });
    await choice.click();
    await hears(player, 'enhanced=false');
    const { track, time, url } = await hearsTheStream(player);
    assert.equal(await choice.getAttribute('aria-checked'), 'false');
    await choice.click();
    const back = await hears(player, 'enhanced=true');
    await hearsTheStream(player);

    const original = await wavRange(server, url, track, time, time + 10);
    const enhanced = await wavRange(server, back, track, time, time + 10);
    const difference = enhanced.map((sample, i) => sample - original[i]);
    assert.ok(rms(difference) > 0.02 * rms(original), 'enhanced is the original');
    const louderDb = 20 * Math.log10(rms(enhanced) / rms(original));
    assert.ok(Math.abs(louderDb) < 2, `${louderDb} dB louder`);
});

flow('switching while paused stays paused, at the same place', async (player) => {
    await player.startFirst();
    await player.playsBeyond(1);
    await player.page.getByRole('button', { name: 'Pause', exact: true }).click();
    await player.stands();
    const { time } = await player.state();
    await player.page.keyboard.press('e');
    await hears(player, 'enhanced=false');
    const after = await player.state();
    assert.ok(!after.playing);
    assert.ok(Math.abs(after.time - time) < 0.001, `moved by ${after.time - time} s`);
});

flow('another preset and another intensity take over while it plays', async (player) => {
    await player.startFirst();
    await player.playsBeyond(1);
    await player.page.evaluate(() => (window.segue.settings.preset.value = 'warm'));
    await hears(player, 'preset=warm');
    await hearsTheStream(player);
    await player.page.evaluate(() => (window.segue.settings.intensity.value = 0.9));
    await hears(player, 'intensity=0.90');
    await hearsTheStream(player);
});

flow('the strip fills while the chunks are rendered', async (player) => {
    await player.startFirst();
    const strip = player.page.locator('.dock .strip');
    const number = async (name) => Number(await strip.getAttribute(name));
    await until('the chunks are known', async () => (await number('data-count')) > 0);
    const wanted = Math.min(2, await number('data-count'));
    await until('chunks are ready', async () => (await number('data-ready')) >= wanted, 60_000);
    assert.ok((await strip.locator('[data-state=ready]').count()) > 0);
});

flow('the end of a track goes on with the next', async (player) => {
    await player.startFirst();
    const first = await player.title();
    const second = await player.rows.nth(1).locator('.row-title').innerText();
    const bar = player.page.getByRole('slider', { name: 'Position' });
    await bar.focus();
    await bar.press('End');
    await until(`${second} after ${first}`, async () => (await player.title()) === second);
    await player.playsBeyond(0.3);
});

flow('the keyboard plays, seeks, moves and searches', async (player) => {
    const { page } = player;
    await player.rows.first().waitFor();
    await page.keyboard.press('Space');
    await player.playsBeyond(0.5);

    await page.keyboard.press('Space');
    await player.stands();
    const { time } = await player.state();
    await page.keyboard.press('ArrowRight');
    await until('5 s on', async () => Math.abs((await player.state()).time - time - 5) < 0.2);
    await page.keyboard.press('ArrowLeft');
    await until('5 s back', async () => Math.abs((await player.state()).time - time) < 0.2);
    await page.keyboard.press('Space');
    await player.playsBeyond(time);

    const second = await player.rows.nth(1).locator('.row-title').innerText();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await until(`${second} plays`, async () => (await player.title()) === second);
    await page.keyboard.press('Shift+ArrowLeft');
    await until('the one before', async () => (await player.title()) !== second);

    await page.keyboard.press('e');
    await page.locator('.app[data-voice=original]').waitFor();
    await page.keyboard.press('e');
    await page.locator('.app[data-voice=enhanced]').waitFor();

    await page.keyboard.press('/');
    await page.keyboard.type(second);
    await until('the search', async () => (await player.rows.count()) < tracks.length);
    assert.match(await player.rows.first().innerText(), new RegExp(second));
    await page.keyboard.press('Escape');
    await until('everything', async () => (await player.rows.count()) === tracks.length);
});

flow('choices and the track outlive a reload', async (player) => {
    await player.startFirst();
    const title = await player.title();
    await player.page.getByRole('radio', { name: /^bright/i }).check();
    await player.page.getByRole('slider', { name: 'Volume' }).fill('40');
    await player.page.reload();
    await until('the same track', async () => (await player.title()) === title);
    assert.ok(await player.page.getByRole('radio', { name: /^bright/i }).isChecked());
    assert.equal(await player.page.getByRole('slider', { name: 'Volume' }).inputValue(), '40');
    await player.page.keyboard.press('Space');
    await player.playsBeyond(0.3);
});

flow(
    'a server that goes away and comes back is only a pause',
    async (player) => {
        await player.startFirst();
        await server.stop('SIGKILL');
        await player.page.getByRole('button', { name: 'Next track' }).click();
        await player.toast('Connection lost');
        await server.start();
        await player.playsBeyond(0.5, 45_000);
        await until(
            'the message goes',
            async () => (await player.page.locator('.toast').count()) === 0,
        );
    },
    { offline: true },
);

flow(
    'a track whose file is gone is named and skipped',
    async (player) => {
        await player.rows.first().waitFor();
        const shown = await player.rows.evaluateAll((rows) => rows.map((row) => row.dataset.track));
        const firstGone = async () => {
            for (const id of shown.slice(0, -1)) {
                const status = await server.statusOf(`/api/player/stream/${id}?enhanced=false`);
                if (status >= 400) return id;
            }
            return undefined;
        };
        for (const file of server.files()) {
            const hidden = join(server.library, '..', basename(file));
            renameSync(file, hidden);
            try {
                const gone = await firstGone();
                if (gone === undefined) continue; // No track, or the last one.
                const rowOf = (id) => player.page.locator(`button.row[data-track="${id}"]`);
                const title = await rowOf(gone).locator('.row-title').innerText();
                const next = shown[shown.indexOf(gone) + 1];
                const nextTitle = await rowOf(next).locator('.row-title').innerText();
                await rowOf(gone).click();
                await player.toast(title);
                await until(`${nextTitle} plays`, async () => (await player.title()) === nextTitle);
                await player.playsBeyond(0.3);
                return;
            } finally {
                renameSync(hidden, file);
            }
        }
        assert.fail('no file of the library belongs to a track before the last');
    },
    { offline: true },
);

const kLooks = [
    ['light', { colorScheme: 'light', viewport: { width: 1440, height: 900 } }],
    ['dark', { colorScheme: 'dark', viewport: { width: 1440, height: 900 } }],
    ['tablet', { colorScheme: 'dark', viewport: { width: 900, height: 1100 } }],
    ['phone', { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true }],
];
for (const [name, context] of kLooks) {
    flow(
        `it looks like itself: ${name}`,
        async (player) => {
            const { page } = player;
            await player.startFirst();
            await player.playsBeyond(1.5);
            await page.screenshot({ path: `${kResults}${name}.png` });
            const overflow = await page.evaluate(
                () => document.documentElement.scrollWidth - innerWidth,
            );
            assert.ok(overflow <= 0, `${overflow} px wider than the window`);
            if (name !== 'phone') return;
            await page.getByRole('button', { name: /^Open the player/ }).tap();
            await page
                .getByRole('dialog')
                .getByRole('switch', { name: 'Enhanced sound' })
                .waitFor();
            await page.locator('dialog .topic').first().waitFor();
            await page.screenshot({ path: `${kResults}phone-player.png` });
        },
        { context },
    );
}
