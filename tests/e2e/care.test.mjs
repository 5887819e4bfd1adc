// Library care and settings, against the real server, on a library with broken files in it.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isAccessible } from './support/axe.mjs';
import { launch, PlayerPage, until } from './support/page.mjs';
import { Server } from './support/server.mjs';

const kResults = fileURLToPath(new URL('results/', import.meta.url));

const server = new Server();
let browser;
let tracks;

const broken = (name) => join(server.library, 'Broken', name);

function breakFiles() {
    mkdirSync(broken(''), { recursive: true });
    writeFileSync(broken('empty.flac'), '');
    writeFileSync(broken('letter.ogg'), 'dear listener, there is no music in this file at all');
    writeFileSync(broken('cut.flac'), 'fLaC and nothing that belongs behind it');
    symlinkSync(broken('nowhere.ogg'), broken('gone.ogg'));
}

async function scanned() {
    const { scan } = await server.json('/api/health');
    return !scan.running && scan.endedMs !== null && scan;
}

before(async () => {
    mkdirSync(kResults, { recursive: true });
    server.makeDemo();
    breakFiles();
    await server.start();
    await until('the library is scanned', scanned, 60_000);
    tracks = (await server.json('/api/tracks')).tracks;
    browser = await launch();
});

after(async () => {
    await browser?.close();
    await server.remove();
});

/** Opens the page, runs the flow, closes; the closing checks the console and the hosts. */
function flow(name, act, { path = '/care', ...options } = {}) {
    test(name, { timeout: 120_000 }, async () => {
        const player = await PlayerPage.open(browser, server.origin, { path, ...options });
        try {
            await act(player);
        } catch (error) {
            await player.page.screenshot({ path: `${kResults}failed-care.png` });
            error.message += `\nThe server said:\n${server.output.slice(-2000)}`;
            throw error;
        }
        await player.close();
    });
}

const card = (page, name) => page.getByRole('region', { name, exact: true });
const post = (path, body) =>
    fetch(server.origin + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body ?? {}),
    });

flow('its card of the music counts tracks, albums and artists', async ({ page }) => {
    const { tracks: all } = await server.json('/api/health');
    const { matching: albums } = await server.json('/api/albums?limit=1&count=true');
    const { matching: artists } = await server.json(
        '/api/artists?limit=1&count=true&role=albumArtist',
    );
    assert.ok(all > 1 && albums > 0 && artists > 0);
    const things = (count, name) => `${count} ${name}${count === 1 ? '' : 's'}`;
    const said = [things(all, 'track'), things(albums, 'album'), things(artists, 'artist')];
    await card(page, 'Music').getByText(said.join('')).waitFor();
});

flow('what was skipped is sorted, with the reason and what to do about it', async ({ page }) => {
    const problems = card(page, 'Problems');
    await problems.getByText('4 files and folders skipped').waitFor();
    const groups = problems.locator('details');
    assert.deepEqual(await groups.locator('summary span:first-child').allInnerTexts(), [
        'Links that lead nowhere, or out of the library',
        'Damaged files',
        'Empty files',
        'Files that are no audio Segue reads',
    ]);
    const empty = groups.filter({ hasText: 'Empty files' });
    await empty.locator('summary').focus();
    await page.keyboard.press('Enter');
    await empty.getByText('empty.flac').waitFor();
    await empty.getByText('The file is empty').waitFor();
    await empty.getByText(/Copy them again, or delete them/).waitFor();
});

flow('a file that was mended is gone from the problems after a scan', async ({ page }) => {
    const problems = card(page, 'Problems');
    await problems.getByText('4 files and folders skipped').waitFor();
    rmSync(broken('letter.ogg'));
    await card(page, 'Music').getByRole('button', { name: 'Scan now' }).click();
    await problems.getByText('3 files and folders skipped').waitFor();
    await card(page, 'Music').getByText('Looked through just now').waitFor();
});

/** A track comes and goes without the page being asked; scans are begun here, or by the watcher. */
async function comesAndGoes(page, deadlineMs) {
    const count = (number) => card(page, 'Music').getByText(`${number}`, { exact: true });
    await count(tracks.length).waitFor();
    const known = server.files().find((path) => !path.includes('Broken'));
    const copy = join(server.library, `a copy${extname(known)}`);
    copyFileSync(known, copy);
    await post('/api/library/scan');
    await count(tracks.length + 1).waitFor({ timeout: deadlineMs });
    rmSync(copy);
    await post('/api/library/scan');
    await count(tracks.length).waitFor({ timeout: deadlineMs });
}

flow('what happens elsewhere is shown at once', async ({ page }) => {
    await comesAndGoes(page, 5000);
});

flow('without events it asks, and is not far behind', ({ page }) => comesAndGoes(page, 20_000), {
    offline: true,
    prepare: (context) => context.route('**/api/events', (route) => route.abort()),
});

/** Opens the dialog with the keyboard, chooses, and waits for what it would cost. */
async function askToRender(page, { what, howMuch, sounds = [] }) {
    await card(page, 'Rendered ahead')
        .getByRole('button', { name: 'Render ahead…' })
        .press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Render ahead' });
    await dialog.getByRole('radio', { name: what }).check();
    await dialog.getByRole('radio', { name: howMuch }).check();
    for (const sound of sounds) await dialog.getByRole('checkbox', { name: sound }).check();
    return dialog;
}

flow('its dialogs and their pickers are for everybody', async ({ page }) => {
    const { albums } = await server.json('/api/albums?limit=1');
    const dialog = await askToRender(page, { what: /^Something else/, howMuch: /^Beginnings/ });
    await dialog.getByText('Choose an album, an artist or a playlist.').waitFor();
    assert.ok(await dialog.getByRole('button', { name: 'Begin' }).isDisabled());
    await dialog.getByRole('searchbox').fill(albums[0].title);
    await dialog.getByRole('radio', { name: albums[0].title }).first().check();
    await dialog.getByText(/^\d+ tracks?: /).waitFor();
    await isAccessible(page, 'render ahead');
});

flow('rendering ahead says what it costs, does it, and is in the cache', async ({ page }) => {
    let dialog = await askToRender(page, { what: /^Whole library/, howMuch: /^Everything/ });
    await dialog.getByText(/^\d+ tracks: \d+ pieces to render, \d+ MiB, /).waitFor();
    await dialog.getByRole('button', { name: 'Begin' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('Rendering ahead: Whole library').first().waitFor();
    const done = card(page, 'Rendered ahead').getByRole('listitem').first();
    await done.getByText('Done', { exact: true }).waitFor({ timeout: 60_000 });
    await done.getByText(/^\d+ pieces rendered, \d+ MiB/).waitFor();

    const cache = card(page, 'Cache');
    const gauge = cache.getByRole('meter', { name: 'Beginnings' });
    await until('beginnings are in the cache', async () =>
        /^\d+ [KM]iB of /.test(await gauge.getAttribute('aria-valuetext')),
    );
    await cache.getByRole('row', { name: /adaptive/i }).waitFor();

    dialog = await askToRender(page, { what: /^Whole library/, howMuch: /^Everything/ });
    await dialog.getByText('All of it is rendered already.').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    const focused = await page.evaluate(() => document.activeElement?.textContent);
    assert.equal(focused, 'Render ahead…', 'the focus goes back to where it came from');
});

flow('what is being rendered is seen on every page, and can be ended', async ({ page }) => {
    const dialog = await askToRender(page, {
        what: /^Whole library/,
        howMuch: /^Everything/,
        sounds: ['warm', 'bright', 'punchy', 'live', 'gentle'],
    });
    await dialog.getByRole('button', { name: 'Begin' }).click();
    const bar = card(page, 'At work').getByRole('progressbar', { name: /^Rendering ahead/ });
    await bar.waitFor();
    await until('progress', async () => Number(await bar.getAttribute('aria-valuenow')) > 0);
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { name: 'Settings', level: 2 }).waitFor();
    await page.getByRole('link', { name: /^Rendering ahead: .*open library care$/ }).click();
    await page.getByRole('button', { name: /^Cancel: Rendering ahead/ }).click();
    const done = card(page, 'Rendered ahead').getByRole('listitem').first();
    await done.getByText('Cancelled', { exact: true }).waitFor();
    await bar.waitFor({ state: 'detached' });
    await page.locator('a.at-work', { hasText: 'Rendering' }).waitFor({ state: 'detached' });
});

flow('masters are written as files, listed, and taken home', async ({ page }) => {
    const { albums } = await server.json('/api/albums?limit=1');
    const masters = card(page, 'Masters as files');
    await masters.getByRole('button', { name: 'Enhance to files…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Enhance to files' });
    await dialog.getByRole('radio', { name: /^Something else/ }).check();
    await dialog.getByRole('searchbox').fill(albums[0].title);
    await dialog.getByRole('radio', { name: albums[0].title }).first().check();
    await dialog.getByRole('radio', { name: /^FLAC/ }).check();
    await dialog.getByLabel('Resolution').selectOption('16 bit');
    await isAccessible(page, 'enhance to files');
    await dialog.getByRole('button', { name: 'Begin' }).click();
    await dialog.waitFor({ state: 'detached' });
    const done = masters.getByRole('listitem').filter({ hasText: albums[0].title }).first();
    await done.getByText('Done', { exact: true }).waitFor({ timeout: 60_000 });
    await done.getByText(`${albums[0].tracks} file`).first().waitFor();
    await done.locator('summary', { hasText: 'Files' }).click();
    const link = done.getByRole('link', { name: /^Download .*\.flac$/ }).first();
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    assert.match(download.suggestedFilename(), /\.flac$/);
    assert.equal(await download.failure(), null);
});

flow('the cache is cleared by sound, and as a whole after a question', async ({ page }) => {
    const begun = await post('/api/prewarm', { select: 'all', presets: ['adaptive', 'warm'] });
    const job = begun.headers.get('location');
    await until('there is something to clear', async () => {
        return (await server.json(job)).progress.phase === 'done';
    });
    const cache = card(page, 'Cache');
    const warm = cache.getByRole('row', { name: /warm/i });
    await warm.getByRole('button').click();
    let question = page.getByRole('dialog', { name: 'Clear everything rendered as warm?' });
    await question.getByRole('button', { name: 'Clear' }).click();
    await warm.waitFor({ state: 'detached' });
    const { presets } = await server.json('/api/cache');
    assert.ok(presets.some(({ preset, chunks }) => preset === 'adaptive' && chunks > 0));

    await cache.getByRole('button', { name: 'Clear the cache…' }).click();
    question = page.getByRole('dialog', { name: 'Clear the whole cache?' });
    await question.getByText(/Your music files are not touched/).waitFor();
    await page.keyboard.press('Enter'); // the safe answer has the focus
    await question.waitFor({ state: 'detached' });
    assert.ok((await server.json('/api/cache')).all.chunks > 0);

    await cache.getByRole('button', { name: 'Clear the cache…' }).click();
    await question.getByRole('button', { name: 'Clear', exact: true }).click();
    await cache.getByText(/^Nothing is rendered yet/).waitFor();
    assert.equal((await server.json('/api/cache')).all.chunks, 0);
});

flow(
    'settings hold at once and outlive a reload',
    async ({ page }) => {
        const crossfade = page.getByRole('slider', { name: 'Crossfade' });
        await crossfade.focus();
        for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
        assert.equal(await crossfade.getAttribute('aria-valuetext'), '4 seconds');
        const loudness = page.getByRole('slider', { name: 'Loudness' });
        assert.equal(await loudness.getAttribute('aria-valuetext'), 'As the preset says');
        await loudness.fill('-16');
        await page.getByLabel('Preset', { exact: true }).selectOption('warm');
        const ahead = page.getByRole('switch', { name: 'Next track ready ahead' });
        assert.ok(await ahead.isChecked());
        await ahead.press('Space');
        await page.reload();
        assert.ok(!(await ahead.isChecked()));
        assert.equal(await crossfade.getAttribute('aria-valuetext'), '4 seconds');
        assert.equal(await loudness.getAttribute('aria-valuetext'), '−16.0 LUFS');
        assert.equal(await page.getByLabel('Preset', { exact: true }).inputValue(), 'warm');
        await page.getByRole('button', { name: 'Loudness: As the preset says' }).click();
        assert.equal(await loudness.getAttribute('aria-valuetext'), 'As the preset says');
        const { version } = await server.json('/api/health');
        await page.getByText(version, { exact: true }).waitFor();

        await page.getByRole('radio', { name: 'Dark' }).check();
        const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        assert.equal(await ground(), 'rgb(20, 18, 16)');
        await page.reload();
        await page.getByRole('radio', { name: 'Dark' }).waitFor();
        assert.equal(await ground(), 'rgb(20, 18, 16)');
    },
    { path: '/settings' },
);

const kLooks = [
    ['light', { colorScheme: 'light', viewport: { width: 1440, height: 1100 } }],
    ['dark', { colorScheme: 'dark', viewport: { width: 1440, height: 1100 } }],
    ['phone', { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true }],
];
for (const [name, context] of kLooks) {
    for (const path of ['/care', '/settings']) {
        flow(
            `${path} looks like itself: ${name}`,
            async ({ page }) => {
                await page.locator('.care-card').last().waitFor();
                await page.waitForLoadState('load');
                await page.screenshot({ path: `${kResults}${path.slice(1)}-${name}.png` });
                await isAccessible(page, `${path} (${name})`);
                const overflow = await page.evaluate(
                    () => document.documentElement.scrollWidth - innerWidth,
                );
                assert.ok(overflow <= 0, `${overflow} px wider than the window`);
            },
            { path, context },
        );
    }
}
