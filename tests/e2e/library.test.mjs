// The library's pages against the real server, in Debian's Chromium: finding, keeping, arranging.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { isAccessible } from './support/axe.mjs';
import { launch, PlayerPage, until } from './support/page.mjs';
import { Server } from './support/server.mjs';
import { silentWav } from './support/sound.mjs';

const kResults = fileURLToPath(new URL('results/', import.meta.url));
const kMostScriptBytes = 150_000;
/** So long after the last answer a page has all that it asks for. */
const kQuietMs = 400;

const kPages = [
    ['/', 'home'],
    ['/albums', 'Albums'],
    ['/artists', 'Artists'],
    ['/genres', 'Genres'],
    ['/tracks', 'Tracks'],
    ['/playlists', 'Playlists'],
    ['/favourites', 'Favourites'],
    ['/history', 'History'],
    ['/queue', 'Queue'],
];

const server = new Server();
let browser;
let tracks;
let albums;

async function scanned(count) {
    await until(
        'the library is scanned',
        async () => {
            const health = await server.json('/api/health');
            return !health.scan?.running && health.tracks >= count;
        },
        120_000,
    );
}

before(async () => {
    mkdirSync(kResults, { recursive: true });
    server.makeDemo();
    await server.start();
    await scanned(2);
    tracks = (await server.json('/api/tracks?sort=library')).tracks;
    albums = (await server.json('/api/albums')).albums;
    browser = await launch();
});

after(async () => {
    await browser?.close();
    await server.remove();
});

/** Opens the page, runs the flow, closes; the closing checks the console and the hosts. */
function flow(name, act, options = {}) {
    test(name, { timeout: 180_000 }, async () => {
        const player = await PlayerPage.open(browser, server.origin, options);
        try {
            await act(player, player.page);
        } catch (error) {
            await player.page.screenshot({ path: `${kResults}failed-library.png` }).catch(() => {});
            await player.close().catch((complaints) => console.error(String(complaints)));
            console.error(server.output.slice(-2000));
            throw error;
        }
        await player.close();
    });
}

const heading = (page, name) => page.locator('main').getByRole('heading', { name }).first();
const shownTitles = (page) => page.locator('main .row-title').allInnerTexts();
const scrollOf = (page) => page.locator('#page').evaluate(({ scrollTop }) => scrollTop);

async function send(method, path, body) {
    const response = await fetch(server.origin + path, {
        method,
        headers: { 'content-type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
    });
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
    return response.status === 204 ? undefined : response.json();
}

/** Every playlist is gone, so that the next flow begins with its own. */
async function noPlaylists() {
    for (const { id } of (await server.json('/api/playlists')).playlists)
        await send('DELETE', `/api/playlists/${id}`);
}

// When no page is open any more that would ask for them.
afterEach(noPlaylists);

async function playlistTitles(id) {
    const { entries } = await server.json(`/api/playlists/${id}/tracks`);
    return entries.map(({ track }) => track.title);
}

/** Opens a row's menu with the keyboard and takes an entry. */
async function choose(page, row, entry) {
    await row.focus();
    await row.press('Shift+F10');
    await page.getByRole('menuitem', { name: entry }).click();
}

flow(
    'every page has an address that can be opened and reloaded',
    async (player, page) => {
        const [album] = albums;
        const genre = (await server.json('/api/genres')).genres[0];
        const artist = (await server.json('/api/artists')).artists[0];
        const deep = [
            ...kPages.slice(1),
            [`/albums/${album.id}`, album.title],
            [`/artists/${artist.id}`, artist.name],
            [`/genres/${encodeURIComponent(genre.name)}`, genre.name],
            [`/tracks/${tracks[0].id}/similar`, `Sounds like ${tracks[0].title}`],
            ['/search?q=zzzzqqq', 'Nothing found'],
            ['/nowhere/at/all', 'Nothing is here'],
            ['/albums/999999', 'There is no such album'],
            ['/genres/Drum.n.Bass', 'Nothing is tagged “Drum.n.Bass”'],
        ];
        for (const [path, name] of deep) {
            const response = await page.goto(server.origin + path);
            assert.equal(response.status(), 200, path);
            await heading(page, name).waitFor();
        }
        await page.reload();
        await heading(page, 'Nothing is tagged “Drum.n.Bass”').waitFor();
    },
    { path: '/', offline: true },
);

flow('the back button returns to the page and to the place in it', async (player, page) => {
    await page.setViewportSize({ width: 1360, height: 420 });
    await player.rows.first().waitFor();
    await page.locator('#page').evaluate((element) => element.scrollTo(0, 150));
    await until('scrolled', () => scrollOf(page));
    // Where it was left: what clicks may scroll to its aim first.
    await page.evaluate(() => {
        const note = () => (window.left = document.getElementById('page').scrollTop);
        addEventListener('click', note, { capture: true, once: true });
    });
    await page.locator('.track-cell.is-album').nth(3).click();
    await page.locator('.hero').waitFor();
    const before = await page.evaluate(() => window.left);
    assert.ok(before > 2, 'left at its top, it shows nothing');
    assert.equal(await scrollOf(page), 0);
    await page.goBack();
    await until('the place', async () => Math.abs((await scrollOf(page)) - before) < 2);
    await page.goForward();
    await page.locator('.hero').waitFor();
    await page.goBack();
    await page.reload();
    await until('the place after a reload', async () => {
        return Math.abs((await scrollOf(page)) - before) < 2;
    });
});

flow(
    'an album is found, opened and played in its order',
    async (player, page) => {
        const album = albums.find((each) => each.tracks > 1) ?? albums[0];
        await page.getByRole('link', { name: `${album.title} by ${album.artist}` }).click();
        await heading(page, album.title).waitFor();
        const wanted = (await server.json(`/api/tracks?album=${album.id}&sort=library`)).tracks;
        await until('its tracks', async () => (await player.rows.count()) === wanted.length);
        await page.locator('.hero').getByRole('button', { name: 'Play', exact: true }).click();
        await until('it plays', async () => (await player.title()) === wanted[0].title);
        await until('the queue is kept', async () => {
            const { trackIds } = await server.json('/api/queue');
            return trackIds.join() === wanted.map(({ id }) => id).join();
        });
    },
    { path: '/albums' },
);

flow('search finds while one types, and leaves no trace behind', async (player, page) => {
    const wanted = tracks[1];
    await player.rows.first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type(wanted.title.slice(0, -1), { delay: 30 });
    await until('the address', () => page.url().includes('/search?q='));
    await until('the track', async () => (await shownTitles(page)).includes(wanted.title));
    await page.getByRole('searchbox').fill(wanted.artist);
    await page.locator('main').getByRole('link', { name: wanted.artist }).first().waitFor();
    await page.getByRole('searchbox').press('ArrowDown');
    await page.getByRole('searchbox').press('Escape');
    await until('back', () => page.url().endsWith('/tracks'));
    await page.goto(`${server.origin}/search?q=${encodeURIComponent(wanted.title)}`);
    await until('by its address', async () => (await shownTitles(page)).includes(wanted.title));
    assert.equal(await page.getByRole('searchbox').inputValue(), wanted.title);
});

flow('stars and ratings are kept', async (player, page) => {
    const [first] = tracks;
    const row = page.locator(`button.row[data-track="${first.id}"]`);
    await page.getByRole('button', { name: `Star ${first.title}` }).first().click();
    await until('starred', async () => (await server.json(`/api/tracks/${first.id}`)).starredAtMs);
    await row.focus();
    await row.press('4');
    await until('rated', async () => (await server.json(`/api/tracks/${first.id}`)).rating === 4);
    await page.getByRole('img', { name: 'Rated 4 of 5' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await heading(page, 'Tracks').waitFor();
    await page.getByRole('button', { name: 'Filter' }).click();
    const onlyFirst = async () => (await shownTitles(page)).join() === first.title;
    await page.getByRole('combobox', { name: 'Stars' }).selectOption('Starred');
    await until('only what is starred', onlyFirst);
    await page.getByRole('combobox', { name: 'Stars' }).selectOption('Starred or not');
    await until('all', async () => (await shownTitles(page)).length > 1);
    await page.getByRole('combobox', { name: 'Rating' }).selectOption('Rated 4 and up');
    await until('only what is rated', onlyFirst);
    await page.getByRole('combobox', { name: 'Rating' }).selectOption('Rated 5');
    await heading(page, 'No track is like that').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('f');
    await heading(page, 'Favourites').waitFor();
    await until('it is listed', async () => (await shownTitles(page)).includes(first.title));
    await page.getByRole('button', { name: `Star ${first.title}` }).click();
    await heading(page, 'No favourites yet').waitFor();
    await send('DELETE', `/api/tracks/${first.id}/rating`);
});

flow(
    'what was played is remembered, and the start page goes on with it',
    async (player, page) => {
        const [first] = tracks;
        await send('POST', '/api/plays', {
            trackId: first.id,
            startedAtMs: Date.now() - 60_000,
            secondsHeard: first.durationSeconds,
            source: 'web',
        });
        await page.reload();
        await until('listed', async () => (await shownTitles(page)).includes(first.title));
        assert.match(await page.locator('.track-cell.is-note').first().innerText(), /^Today, \d\d/);
        await page.getByRole('link', { name: 'Home', exact: true }).click();
        const goOn = page.getByRole('region', { name: 'Go on listening' });
        await goOn.getByRole('button', { name: `Go on with ${first.album}` }).click();
        await until('its album plays', async () => {
            const shown = await player.title();
            return tracks.some(
                ({ albumId, title }) => albumId === first.albumId && title === shown,
            );
        });
        await page.getByRole('region', { name: 'Most played' }).waitFor();
    },
    { path: '/history' },
);

flow('tracks are sorted and filtered by the server', async (player, page) => {
    await player.rows.first().waitFor();
    await page.getByLabel('Sort by').selectOption('duration');
    const longest = (await server.json('/api/tracks?sort=duration&order=desc')).tracks;
    await until('the longest first', async () => {
        return (await shownTitles(page)).join() === longest.map(({ title }) => title).join();
    });
    assert.match(page.url(), /sort=duration/);
    await page.getByRole('button', { name: /turn round$/ }).click();
    await until('the shortest first', async () => {
        return (await shownTitles(page))[0] === longest.at(-1).title;
    });
    await page.getByRole('button', { name: 'Filter' }).click();
    const genre = (await server.json('/api/genres')).genres[0];
    await page.getByLabel('Genre', { exact: true }).selectOption({ label: genre.name });
    await until('one genre', async () => (await player.rows.count()) === genre.tracks);
    await page.getByLabel('From year').fill('2999');
    await heading(page, 'No track is like that').waitFor();
    await page.locator('.instead').getByRole('button', { name: 'Show all tracks' }).click();
    await until('all', async () => (await player.rows.count()) === tracks.length);
});

flow('a playlist is made, filled, arranged by keys and by hand, and let go', async (player, page) => {
    const [a, b, c] = tracks;
    await player.rows.first().waitFor();
    await choose(page, player.rows.nth(0), 'Add to a playlist…');
    await page.getByRole('dialog').getByPlaceholder('New playlist').fill('Evening');
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    const id = await until('it is made', async () => {
        return (await server.json('/api/playlists')).playlists[0]?.id;
    });
    for (const row of [1, 2]) {
        await choose(page, player.rows.nth(row), 'Add to a playlist…');
        await page.getByRole('dialog').getByRole('button', { name: /^Evening/ }).click();
        await until('added', async () => (await playlistTitles(id)).length === row + 1);
    }
    assert.deepEqual(await playlistTitles(id), [a.title, b.title, c.title]);

    await page.locator('.nav').getByRole('link', { name: 'Evening' }).click();
    await heading(page, 'Evening').waitFor();
    await until('its rows', async () => (await player.rows.count()) === 3);
    await player.rows.nth(2).focus();
    await page.keyboard.press('Alt+ArrowUp');
    await until('moved by a key', async () => {
        return (await playlistTitles(id)).join() === [a.title, c.title, b.title].join();
    });
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-track'));
    await until('the focus goes along', async () => (await focused()) === c.id);

    await page.locator('.track').nth(2).dragTo(page.locator('.track').nth(0), {
        targetPosition: { x: 200, y: 4 },
    });
    await until('moved by hand', async () => {
        return (await playlistTitles(id)).join() === [b.title, a.title, c.title].join();
    });
    await until('and shown so', async () => {
        return (await shownTitles(page)).join() === [b.title, a.title, c.title].join();
    });
    await player.rows.nth(1).focus();
    await page.keyboard.press('Delete');
    await until('taken out', async () => {
        return (await playlistTitles(id)).join() === [b.title, c.title].join();
    });

    const more = page.getByRole('button', { name: 'More for Evening' });
    await more.click();
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('Late evening');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await heading(page, 'Late evening').waitFor();

    const [download] = await Promise.all([
        page.waitForEvent('download'),
        page
            .getByRole('button', { name: 'More for Late evening' })
            .click()
            .then(() => page.getByRole('menuitem', { name: 'Export as M3U8' }).click()),
    ]);
    const file = join(kResults, 'Exported.m3u8');
    await download.saveAs(file);
    assert.match(readFileSync(file, 'utf8'), /^#EXTM3U/);

    await page.getByRole('button', { name: 'More for Late evening' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await heading(page, 'Playlists').waitFor();
    assert.equal((await server.json('/api/playlists')).playlists.length, 0);

    await page.locator('input[type=file]').setInputFiles(file);
    await heading(page, 'Exported').waitFor();
    await until('recognised again', async () => (await player.rows.count()) === 2);
    assert.deepEqual(await shownTitles(page), [b.title, c.title]);
});

flow(
    'a smart playlist finds what its rules say, and can be changed',
    async (player, page) => {
        const { genre } = tracks[0];
        await page.getByRole('button', { name: 'New smart playlist' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByRole('textbox', { name: 'Name' }).fill('By genre');
        await dialog.getByLabel('How compared').selectOption('is');
        await dialog.getByRole('textbox', { name: 'With what' }).fill(genre);
        await dialog.getByRole('button', { name: 'Save' }).click();
        await heading(page, 'By genre').waitFor();
        const wanted = tracks.filter((track) => track.genre === genre).length;
        await until('its tracks', async () => (await player.rows.count()) === wanted);

        await page.getByRole('button', { name: 'Edit the rules' }).click();
        assert.equal(await dialog.getByRole('textbox', { name: 'With what' }).inputValue(), genre);
        await dialog.getByLabel('Of what').selectOption('starred');
        await dialog.getByRole('button', { name: 'Save' }).click();
        await heading(page, 'This playlist is empty').waitFor();
        const [{ rules }] = (await server.json('/api/playlists')).playlists;
        assert.deepEqual(rules.match, { all: [{ field: 'starred', operator: 'is', value: true }] });
    },
    { path: '/playlists' },
);

flow('the queue is arranged by keys and by hand, kept, and there again', async (player, page) => {
    const ids = tracks.map(({ id }) => id);
    const queued = async () => (await server.json('/api/queue')).trackIds.join();
    await player.startFirst();
    await until('kept', async () => (await queued()) === ids.join());

    await page.getByRole('tab', { name: 'Queue' }).click();
    const rows = page.locator('.side .queue-play');
    await until('listed', async () => (await rows.count()) === ids.length);
    await rows.nth(1).focus();
    await page.keyboard.press('Alt+ArrowDown');
    const moved = [ids[0], ids[2], ids[1], ...ids.slice(3)];
    await until('moved by a key', async () => (await queued()) === moved.join());

    await page.locator('.side .queue-row').nth(2).dragTo(page.locator('.side .queue-row').nth(1), {
        targetPosition: { x: 120, y: 4 },
    });
    await until('moved by hand', async () => (await queued()) === ids.join());

    await rows.nth(1).focus();
    await page.keyboard.press('Delete');
    const fewer = [ids[0], ...ids.slice(2)];
    await until('taken out', async () => (await queued()) === fewer.join());

    await rows.nth(1).press('Enter');
    const title = tracks.find(({ id }) => id === fewer[1]).title;
    await until('plays from the queue', async () => (await player.title()) === title);
    await until('the place is kept', async () => {
        return (await server.json('/api/queue')).currentIndex === 1;
    });
    await page.reload();
    await until('the same track', async () => (await player.title()) === title);
    await page.getByRole('tab', { name: 'Queue' }).click();
    await until('the same queue', async () => (await rows.count()) === fewer.length);
    assert.equal(await page.locator('.side [aria-current=true]').count(), 1);
});

flow('several tracks are picked and queued', async (player, page) => {
    await player.startFirst();
    const before = (await server.json('/api/queue')).trackIds.length;
    await player.rows.nth(1).click({ modifiers: ['Control'] });
    await page.keyboard.press('Shift+ArrowDown');
    const bar = page.getByRole('toolbar', { name: 'What to do with the picked tracks' });
    await bar.getByText('2 tracks picked').waitFor();
    await bar.getByRole('button', { name: 'Add to the queue' }).click();
    await player.toast('2 tracks added to the queue');
    await until('queued', async () => {
        const { trackIds } = await server.json('/api/queue');
        return trackIds.length === tracks.length + 2 && trackIds.at(-2) === tracks[1].id;
    });
    assert.ok(before <= tracks.length);
    await page.keyboard.press('Escape');
    await until('nothing picked', async () => (await bar.count()) === 0);
});

flow('keys lead everywhere, and a sheet tells them', async (player, page) => {
    await player.rows.first().waitFor();
    await page.keyboard.press('?');
    const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await sheet.getByText('Original or enhanced').waitFor();
    await page.screenshot({ path: `${kResults}help.png` });
    await page.keyboard.press('Escape');
    await until('closed', async () => (await sheet.count()) === 0);
    for (const [key, name] of [
        ['l', 'Albums'],
        ['a', 'Artists'],
        ['g', 'Genres'],
        ['p', 'Playlists'],
        ['t', 'Tracks'],
    ]) {
        await page.keyboard.press('g');
        await page.keyboard.press(key);
        await heading(page, name).waitFor();
    }
    await player.rows.first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    const last = () => page.evaluate(() => document.activeElement?.getAttribute('data-track'));
    await until('the last row', async () => (await last()) === tracks.at(-1).id);
    // Menus by keyboard: open, walk, leave; the focus is where it was.
    await page.keyboard.press('Shift+F10');
    await page.getByRole('menu').waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Escape');
    assert.equal(await page.getByRole('menu').count(), 0);
    assert.equal(await last(), tracks.at(-1).id);
});

flow('the first thing that Tab finds leads to the page', async (player, page) => {
    await player.rows.first().waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'page');
});

flow(
    'light and dark are chosen, and stay chosen',
    async (player, page) => {
        const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const light = await ground();
        await page.keyboard.press('d');
        assert.equal(await ground(), light);
        await page.keyboard.press('d');
        await until('dark', async () => (await ground()) !== light);
        const dark = await ground();
        await page.reload();
        assert.equal(await ground(), dark);
        await page.keyboard.press('d');
        await until('as the system', async () => (await ground()) === light);
    },
    { context: { colorScheme: 'light' } },
);

/** Pages with something on them, for eyes and for axe. */
async function everyPage() {
    const [album] = albums;
    const artist = (await server.json('/api/artists')).artists[0];
    const genre = (await server.json('/api/genres')).genres[0];
    const playlist = await send('POST', '/api/playlists', {
        name: 'Evening',
        trackIds: tracks.slice(0, 3).map(({ id }) => id),
    });
    await send('PUT', `/api/tracks/${tracks[0].id}/star`);
    return [
        ...kPages,
        [`/albums/${album.id}`, 'album'],
        [`/artists/${artist.id}`, 'artist'],
        [`/genres/${encodeURIComponent(genre.name)}`, 'genre'],
        [`/playlists/${playlist.id}`, 'playlist'],
        [`/search?q=${encodeURIComponent(tracks[0].title.slice(0, 3))}`, 'search'],
    ];
}

async function settled(page) {
    await page.locator('main .lazy-wait').waitFor({ state: 'detached' });
    // The connection for events never ends, so the network is not idle: nothing comes any more.
    await page.waitForFunction(
        (quietMs) => {
            const count = performance.getEntriesByType('resource').length;
            const seen = (globalThis.resourcesSeen ??= { count: -1, at: 0 });
            if (seen.count !== count) Object.assign(seen, { count, at: performance.now() });
            return performance.now() - seen.at > quietMs;
        },
        kQuietMs,
        { polling: 50 },
    );
}

for (const colorScheme of ['light', 'dark']) {
    flow(
        `axe finds nothing on any page: ${colorScheme}`,
        async (player, page) => {
            for (const [path, name] of await everyPage()) {
                await page.goto(server.origin + path);
                await settled(page);
                await isAccessible(page, `${path} (${colorScheme})`);
                await page.screenshot({ path: `${kResults}${name}-${colorScheme}.png` });
            }
            // What lies over pages counts as well.
            await page.goto(`${server.origin}/tracks`);
            await player.rows.first().click({ button: 'right' });
            await page.getByRole('menu').waitFor();
            // A menu belongs to no landmark: only what is inside of it is looked at.
            await isAccessible(page, `menu (${colorScheme})`, '[role=menu]');
            await page.keyboard.press('Escape');
            await page.keyboard.press('?');
            await page.getByRole('dialog').waitFor();
            await isAccessible(page, `help (${colorScheme})`);
            await page.keyboard.press('Escape');
            await page.goto(`${server.origin}/playlists`);
            await page.getByRole('button', { name: 'New smart playlist' }).click();
            await page.getByRole('dialog').waitFor();
            await isAccessible(page, `rules (${colorScheme})`);
        },
        { path: '/', context: { colorScheme, viewport: { width: 1440, height: 900 } } },
    );
}

for (const [name, context] of [
    ['phone', { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true }],
    ['small phone', { viewport: { width: 320, height: 640 }, hasTouch: true }],
    ['tablet', { viewport: { width: 820, height: 1100 }, hasTouch: true }],
]) {
    flow(
        `every page fits: ${name}`,
        async (player, page) => {
            for (const [path, title] of await everyPage()) {
                await page.goto(server.origin + path);
                await settled(page);
                const over = await page.evaluate(() => {
                    const main = document.getElementById('page');
                    return [
                        document.documentElement.scrollWidth - innerWidth,
                        main.scrollWidth - main.clientWidth,
                    ];
                });
                assert.ok(Math.max(...over) <= 0, `${path}: ${over} px too wide`);
                const small = await page.evaluate(() =>
                    [...document.querySelectorAll('a, button, input:not([type=file]), select')]
                        .filter((each) => each.checkVisibility({ opacityProperty: true }))
                        .map((each) => [each.getBoundingClientRect(), each])
                        .filter(([{ width, height }, each]) => {
                            const inline = getComputedStyle(each).display === 'inline';
                            return width > 1 && !inline && Math.min(width, height) < 24;
                        })
                        .map(([, each]) => each.outerHTML.slice(0, 120)),
                );
                assert.deepEqual(small, [], `${path}: targets under 24 px`);
                if (name === 'phone')
                    await page.screenshot({ path: `${kResults}${title}-phone.png` });
            }
        },
        { path: '/', context },
    );
}

flow(
    'a phone has its places at the bottom, and all others behind More',
    async (player, page) => {
        await page.getByRole('link', { name: 'Albums' }).tap();
        await heading(page, 'Albums').waitFor();
        await page.locator('.nav').getByRole('button', { name: 'More' }).tap();
        await page.getByRole('menuitem', { name: 'Artists' }).tap();
        await heading(page, 'Artists').waitFor();
    },
    { path: '/', context: { viewport: { width: 390, height: 844 }, hasTouch: true } },
);

flow(
    'without the server the installed page opens, and goes on when it is back',
    async (player, page) => {
        await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
        await until('the page is kept', () =>
            page.evaluate(async () => (await caches.match('/')) !== undefined),
        );
        await server.stop();
        await page.goto(`${server.origin}/albums`);
        await page.getByRole('heading', { name: 'Segue is not answering' }).waitFor();
        await server.start();
        await page
            .getByRole('link', { name: `${albums[0].title} by ${albums[0].artist}` })
            .waitFor({ timeout: 45_000 });
    },
    { path: '/', offline: true },
);

flow(
    'the first load is small, asks for nothing twice, and for what is seen first',
    async (player, page) => {
        await page.goto(server.origin);
        await page.locator('main .tile').first().waitFor();
        await settled(page);
        const urls = await page.evaluate(() =>
            performance.getEntriesByType('resource').map(({ name }) => name),
        );
        let bytes = 0;
        const scripts = [];
        for (const url of new Set(urls.filter((each) => new URL(each).pathname.endsWith('.js')))) {
            const body = Buffer.from(await (await fetch(url)).arrayBuffer());
            const size = gzipSync(body, { level: 9 }).length;
            bytes += size;
            scripts.push(`${new URL(url).pathname.split('/').pop()} ${size}`);
        }
        assert.ok(scripts.length > 0, 'no script was seen');
        console.log(`first load: ${bytes} bytes of compressed script (${scripts.join(', ')})`);
        assert.ok(bytes <= kMostScriptBytes, `${bytes} bytes`);
        const asked = urls
            .map((url) => new URL(url))
            .filter(({ pathname }) => /^\/api\/(?!.*artwork)/.test(pathname))
            .map(({ pathname, search }) => pathname + search);
        assert.deepEqual(asked, [...new Set(asked)]);
        const placeOf = (part) => urls.findIndex((url) => url.includes(part));
        assert.ok(placeOf('/artwork') > 0);
        for (const later of ['/api/health', '/api/queue', '/api/presets', '/SoundPanel-'])
            assert.ok(placeOf(later) > placeOf('/artwork'), `${later} before the pictures`);
    },
    { path: '/nowhere', context: { serviceWorkers: 'block' } },
);

test('a list of thousands draws a screenful and loads what is looked at', async () => {
    const many = new Server();
    const kTracks = 3000;
    const digits = (number) => String(number).padStart(5, '0');
    for (let folder = 0; folder < kTracks / 100; folder++) {
        mkdirSync(join(many.library, digits(folder)), { recursive: true });
        for (let i = 0; i < 100; i++) {
            const name = `Track ${digits(folder * 100 + i)}.wav`;
            writeFileSync(join(many.library, digits(folder), name), silentWav(folder * 100 + i));
        }
    }
    try {
        await many.start();
        await until(
            'scanned',
            async () => {
                const health = await many.json('/api/health');
                return !health.scan?.running && health.tracks === kTracks;
            },
            120_000,
        );
        const player = await PlayerPage.open(browser, many.origin, { path: '/tracks?sort=title' });
        const { page } = player;
        let asked = 0;
        page.on('request', (request) => (asked += request.url().includes('/api/tracks?') ? 1 : 0));
        await player.rows.first().waitFor();
        const { tracks: last } = await many.json('/api/tracks?sort=title&order=desc&limit=1');
        await page.locator('#page').evaluate((element) => element.scrollTo(0, element.scrollHeight));
        await page.locator(`button.row[data-track="${last[0].id}"]`).waitFor();
        const drawn = await page.locator('.tracks .cell').count();
        assert.ok(drawn < 60, `${drawn} rows drawn`);
        assert.ok(asked <= 5, `${asked} requests for the last rows of ${kTracks}`);
        // To the middle, by what a reader of the scroll bar sees: the length is known at once.
        await page.locator('#page').evaluate((element) => element.scrollTo(0, element.scrollHeight / 2));
        await until('the middle', async () => {
            const titles = await shownTitles(page);
            return titles.some((title) => /Track 01[45]\d\d/.test(title));
        });
        // Each is over before another voice of it could be heard; nobody asks for what is behind.
        await player.rows.first().click();
        const heard = new Set();
        await until('some of them are played', async () => {
            const state = await player.state();
            if (state) heard.add(state.id);
            return heard.size > 3;
        });
        await player.close();
    } finally {
        await many.remove();
    }
});
