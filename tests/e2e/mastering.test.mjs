// The sound panel against the real server: its figures are the server's, its meters are right, and
// presets and references are made, heard and taken away again.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch, PlayerPage, until } from './support/page.mjs';
import { Server } from './support/server.mjs';
import { toneWav } from './support/sound.mjs';

const kResults = fileURLToPath(new URL('results/', import.meta.url));
/** Between what the page measures of the sound and what the server knows of the same seconds. */
const kMeterLu = 0.3;

const server = new Server();
let browser;
let tracks;

before(async () => {
    mkdirSync(kResults, { recursive: true });
    server.makeDemo();
    await server.start();
    // With every analysis there, plans are final, and what is compared cannot change meanwhile.
    await until(
        'the library is analysed',
        async () => {
            const health = await server.json('/api/health');
            tracks = (await server.json('/api/tracks')).tracks;
            return tracks.length > 1 && !health.scan?.running && health.analysis?.pending === 0;
        },
        120_000,
    );
    browser = await launch();
});

after(async () => {
    await browser?.close();
    await server.remove();
});

/**
 * Opens the page, runs the flow, closes; the closing checks the console and the hosts.
 * @param options.offline  that the server refuses is part of the flow
 */
function flow(name, act, options = {}) {
    test(name, { timeout: 120_000 }, async () => {
        const player = await PlayerPage.open(browser, server.origin, {
            path: '/tracks',
            ...options,
        });
        try {
            await act(player, player.page.getByRole('tabpanel', { name: 'Sound' }));
        } catch (error) {
            await player.page.screenshot({ path: `${kResults}failed.png` }).catch(() => {});
            await player.close().catch((complaints) => console.error(String(complaints)));
            console.error(server.output.slice(-4000));
            throw error;
        }
        await player.close();
    });
}

const refusal = (name, act) => flow(name, act, { offline: true });

const shown = (value) => value.toFixed(1).replace('-', '−').replace('−0.0', '0.0');
const numberIn = (text) => Number(text.replace('−', '-'));

async function effectOf(player, query) {
    const { id } = await player.state();
    return server.json(`/api/tracks/${id}/effect?${query}`);
}

const figure = (panel, name) => panel.locator(`[data-figure=${name}]`);

async function showsFigures(panel, effect) {
    const wanted = {
        'before-lufs': shown(effect.before.integratedLufs),
        'before-peak': shown(effect.before.truePeakDbtp),
        'after-lufs': shown(effect.after.integratedLufs),
        'after-peak': shown(effect.after.truePeakDbtp),
        'asked-lufs': shown(effect.targetLufs),
        'asked-peak': shown(effect.ceilingDbtp),
    };
    for (const [name, text] of Object.entries(wanted)) {
        await until(
            `${name} reads ${text}`,
            async () => (await figure(panel, name).innerText()) === text,
        );
    }
}

flow('figures and words are those of the server', async (player, panel) => {
    await player.startFirst();
    const effect = await effectOf(player, 'preset=adaptive&intensity=1.00');
    const analysis = await server.json(`/api/tracks/${(await player.state()).id}/analysis`);
    assert.ok(Math.abs(effect.before.integratedLufs - analysis.integratedLufs) < 0.01);
    await showsFigures(panel, effect);

    const { id } = await player.state();
    const plan = await server.json(`/api/tracks/${id}/plan?preset=adaptive&intensity=1.00`);
    const words = (await panel.locator('.why').innerText()).toLowerCase();
    for (const line of plan.summary.filter((each) => each.includes('LUFS'))) {
        assert.ok(words.includes(line.replaceAll(' -', ' −').toLowerCase()), `${line}: ${words}`);
    }
    for (const rule of plan.heldBackBy) {
        assert.ok(words.includes(rule.replace(/^\w+: /, '').toLowerCase()), `${rule}: ${words}`);
    }
});

flow('another target and ceiling are heard and shown', async (player, panel) => {
    await player.startFirst();
    await panel.locator('.levels summary').click();
    const target = panel.getByRole('slider', { name: 'Target' });
    await target.focus();
    await target.press('ArrowRight');
    await target.press('ArrowRight');
    await panel.getByRole('slider', { name: 'Ceiling' }).press('ArrowLeft');
    const query = 'preset=adaptive&intensity=1.00&target=-13.0&ceiling=-1.5';
    await showsFigures(panel, await effectOf(player, query));
    await until('it is the stream that plays', async () =>
        /target=-13.*ceiling=-1.5/.test((await player.state()).url),
    );
    await panel.getByRole('checkbox', { name: /Target/ }).check();
    await panel.getByRole('checkbox', { name: /Ceiling/ }).check();
    await showsFigures(panel, await effectOf(player, 'preset=adaptive&intensity=1.00'));
});

/** Plays on for some seconds and stops. @return the place, and what the meters read there */
async function readMeters(player, panel, seconds) {
    const meters = panel.getByRole('img', { name: /^Live meters/ });
    const { time } = await player.state();
    await player.playsBeyond(time + seconds, 30_000);
    await player.page.getByRole('button', { name: 'Pause', exact: true }).click();
    await until('paused', async () => !(await player.state()).playing);
    const label = await until('the meters read', async () => {
        const text = await meters.getAttribute('aria-label');
        return text.includes('Short-term') && text;
    });
    const read = /Short-term (−?[\d.]+) LUFS, true peak (−?[\d.]+) dBTP/.exec(label);
    assert.ok(read, label);
    return {
        seconds: (await player.state()).time,
        shortTermLufs: numberIn(read[1]),
        peakDbtp: numberIn(read[2]),
    };
}

/** A curve of the server around a place: the least and the most that the meter may read. */
function around(curve, stepSeconds, seconds) {
    const at = Math.floor(seconds / stepSeconds);
    const values = curve.slice(Math.max(0, at - 2), at + 3);
    return { least: Math.min(...values), most: Math.max(...values) };
}

/** The track whose original needs the limiter least to be as loud as its master. */
async function gentlest() {
    const plans = await Promise.all(
        tracks.map(async ({ id }) => ({
            id,
            plan: await server.json(
                `/api/tracks/${id}/plan?enhanced=false&matchLoudness=true&preset=adaptive`,
            ),
        })),
    );
    plans.sort((a, b) => b.plan.predictedLimitingDb - a.plan.predictedLimitingDb);
    return plans[0];
}

flow('the meters read what the server measured', async (player, panel) => {
    // Gain, and next to no limiter: what the page hears is the source, louder.
    const { id, plan } = await gentlest();
    assert.ok(plan.predictedLimitingDb > -1, `every track is limited: ${plan.predictedLimitingDb}`);
    await player.page.evaluate((track) => window.segue.player.playFrom([track], track), id);
    await player.playsBeyond(0.3);
    await panel.getByRole('switch', { name: 'Enhanced sound' }).click();
    await until('the original is heard', async () =>
        (await player.state()).url.includes('enhanced=false'),
    );
    const effect = await effectOf(player, 'points=2000&preset=adaptive&intensity=1.00');
    const read = await readMeters(player, panel, 5);
    const { least, most } = around(
        effect.before.shortTermLufs,
        effect.shortTermStepSeconds,
        read.seconds,
    );
    const source = read.shortTermLufs - plan.gainDb;
    const limited = -plan.predictedLimitingDb;
    assert.ok(
        source > least - kMeterLu - limited && source < most + kMeterLu,
        `${source} LUFS at ${read.seconds} s, the server says ${least} .. ${most}`,
    );
    assert.ok(read.peakDbtp <= plan.ceilingDbtp + 0.05, `${read.peakDbtp} dBTP`);
});

flow('the meters show what the plan foresees of the master', async (player, panel) => {
    await player.startFirst();
    const effect = await effectOf(player, 'points=2000&preset=adaptive&intensity=1.00');
    const read = await readMeters(player, panel, 5);
    const { least, most } = around(
        effect.after.shortTermLufs,
        effect.shortTermStepSeconds,
        read.seconds,
    );
    assert.ok(
        read.shortTermLufs > least - 1 && read.shortTermLufs < most + 1,
        `${read.shortTermLufs} LUFS at ${read.seconds} s, foreseen are ${least} .. ${most}`,
    );
    assert.ok(read.peakDbtp <= effect.ceilingDbtp + 0.05, `${read.peakDbtp} dBTP`);
});

flow('pictures can be read by keyboard, and a place be chosen', async (player, panel) => {
    await player.startFirst();
    await panel.getByRole('img', { name: /^Waveform and loudness over time/ }).waitFor();
    await panel.getByRole('img', { name: /^Third-octave spectrum of the mid/ }).waitFor();
    const across = panel.getByRole('slider', { name: 'Look across the spectrum' });
    await across.focus();
    await across.press('Home');
    assert.match(await across.getAttribute('aria-valuetext'), /^20 Hz: .* before, .* after/);
    await across.press('ArrowRight');
    assert.match(await across.getAttribute('aria-valuetext'), /^25 Hz/);
    await panel.getByRole('button', { name: 'Side', exact: true }).click();
    await panel.getByRole('img', { name: /^Third-octave spectrum of the side/ }).waitFor();

    const along = panel.getByRole('slider', { name: /^Look along the track/ });
    await along.focus();
    await along.press('End');
    for (let i = 0; i < 3; i += 1) await along.press('PageDown');
    assert.match(await along.getAttribute('aria-valuetext'), /as it is.*mastered/);
    const { duration } = await player.state();
    await along.press('Enter');
    await until('it plays from there', async () => {
        const { time } = await player.state();
        return Math.abs(time - duration * 0.75) < 2;
    });
});

refusal('a preset is made, refused, changed and deleted', async (player, panel) => {
    await player.startFirst();
    await panel.getByRole('button', { name: 'Make it yours: adaptive' }).click();
    const name = panel.getByLabel('Name', { exact: true });
    await name.fill('Not Allowed');
    await panel.getByRole('button', { name: 'Save' }).click();
    await panel.getByRole('alert').getByText(/begin/).waitFor();

    await name.fill('mine');
    await panel.getByLabel('What it is for').fill('a test');
    const bass = panel.getByRole('slider', { name: 'Tone at 60 Hz' });
    for (let i = 0; i < 20; i += 1) await bass.press('ArrowUp');
    await panel.getByRole('button', { name: 'Save' }).click();
    await panel.getByRole('radio', { name: 'mine' }).waitFor();
    assert.ok(await panel.getByRole('radio', { name: 'mine' }).isChecked());
    const made = await server.json('/api/presets/mine');
    assert.deepEqual(made.toneDb, [2, 0, 0, 0, 0]);
    assert.equal(made.intent, 'a test');
    await until('it is heard', async () => (await player.state()).url.includes('preset=mine'));

    // A change of a preset that plays is heard, though its name stays.
    const { url } = await player.state();
    await panel.getByRole('button', { name: 'Edit mine' }).click();
    await panel.getByLabel(/^Ratio: /).uncheck();
    await panel.getByRole('button', { name: 'Save' }).click();
    await until('the change is heard', async () => (await player.state()).url !== url);
    assert.equal((await server.json('/api/presets/mine')).ratio, 1.5);
    await panel.getByText('1.50:1 above').waitFor();

    await panel.getByRole('button', { name: 'Edit mine' }).click();
    const remove = panel.getByRole('button', { name: 'Delete the preset mine' });
    await remove.click();
    await remove.click();
    await panel.getByRole('radio', { name: 'mine' }).waitFor({ state: 'detached' });
    assert.ok(await panel.getByRole('radio', { name: 'adaptive' }).isChecked());
    assert.equal(await server.statusOf('/api/presets/mine'), 404);
});

flow('a track is a reference: chosen, heard, blended, forgotten', async (player, panel) => {
    await player.startFirst();
    const liked = tracks.find(({ id }) => id !== tracks[0].id);
    await panel.getByRole('button', { name: 'Choose', exact: true }).click();
    await panel.getByRole('searchbox', { name: /for a reference/ }).fill(liked.title);
    await panel.getByRole('checkbox', { name: `${liked.title} by ${liked.artist}` }).check();
    await panel.getByRole('button', { name: 'Use as reference' }).click();
    await panel.locator('.reference-head').getByText(liked.title).waitFor();
    const { references } = await server.json('/api/references');
    assert.equal(references.length, 1);
    const id = references[0].id;
    await until('it is heard', async () =>
        (await player.state()).url.includes(`reference=${id}&blend=1.00`),
    );
    await panel.locator('.spectrum .line.is-reference').waitFor();

    const blend = panel.getByRole('slider', { name: 'Blend' });
    await blend.focus();
    for (let i = 0; i < 10; i += 1) await blend.press('ArrowLeft');
    await until('half of the way', async () => (await player.state()).url.includes('blend=0.50'));
    const query = `preset=adaptive&intensity=1.00&reference=${id}&blend=0.50`;
    await showsFigures(panel, await effectOf(player, query));

    const { time } = await player.state();
    const hear = panel.getByRole('button', { name: 'Hear it' });
    await hear.click();
    await until('the music waits', async () => !(await player.state()).playing);
    await panel.getByRole('button', { name: 'Back', exact: true }).click();
    const back = await player.playsBeyond(time);
    assert.ok(back.time - time < 5, `it went on at ${back.time} s, not at ${time} s`);

    await panel.getByRole('button', { name: 'Change', exact: true }).click();
    await panel.getByRole('button', { name: `Delete the reference ${liked.title}` }).click();
    await until(
        'it is gone',
        async () => (await server.json('/api/references')).references.length === 0,
    );
    await until('and not heard', async () => !(await player.state()).url.includes('reference='));
});

refusal('a file is a reference, and one that is no audio is refused', async (player, panel) => {
    await player.startFirst();
    await panel.getByRole('button', { name: 'Choose', exact: true }).click();
    const files = panel.locator('input[type=file]');
    await files.setInputFiles({
        name: 'notes.mp3',
        mimeType: 'audio/mpeg',
        buffer: Buffer.from('no music at all '.repeat(100)),
    });
    await panel.getByRole('alert').waitFor();
    const [file] = server.files().filter((path) => /\.(flac|wav|ogg|opus|mp3)$/.test(path));
    await files.setInputFiles(file);
    await until('it is kept', async () =>
        (await server.json('/api/references')).references.length === 1,
    );
    await panel.getByRole('button', { name: 'Go without a reference' }).click();
    await panel.getByRole('slider', { name: 'Blend' }).waitFor({ state: 'detached' });
});

flow('a file that nobody else has is heard as a reference, after a reload too', async (player, panel) => {
    await player.startFirst();
    await panel.getByRole('button', { name: 'Choose', exact: true }).click();
    await panel.locator('input[type=file]').setInputFiles({
        name: 'whistle.wav',
        mimeType: 'audio/wav',
        buffer: toneWav({ hz: 997, rateHz: 48_000, seconds: 12 }),
    });
    const hearAndBack = async () => {
        const hear = panel.getByRole('button', { name: 'Hear it' });
        await hear.click();
        await panel.getByRole('button', { name: 'Back', exact: true }).click();
        await hear.waitFor();
        assert.ok(await hear.isEnabled(), 'it is not to be heard');
    };
    await hearAndBack();
    await player.page.reload();
    await hearAndBack();
    await panel.getByRole('button', { name: 'Change', exact: true }).click();
    await panel.getByRole('button', { name: 'Delete the reference whistle' }).click();
    await panel.getByRole('slider', { name: 'Blend' }).waitFor({ state: 'detached' });
    const kept = () =>
        player.page.evaluate(
            () =>
                new Promise((resolve) => {
                    indexedDB.open('segue').onsuccess = ({ target: { result } }) => {
                        const count = result.transaction('files').objectStore('files').count();
                        count.onsuccess = () => resolve(count.result);
                        result.close();
                    };
                }),
        );
    await until('the file is forgotten', async () => (await kept()) === 0);
});

refusal('a reference that was deleted elsewhere stops nothing', async (player, panel) => {
    await player.startFirst();
    const [{ id }] = (await server.json('/api/references')).references;
    await player.page.evaluate((gone) => {
        const key = 'segue.settings';
        const kept = JSON.parse(localStorage.getItem(key));
        localStorage.setItem(key, JSON.stringify({ ...kept, reference: gone }));
    }, id);
    await fetch(`${server.origin}/api/references/${id}`, { method: 'DELETE' });
    await player.page.reload();
    await panel.getByText('none', { exact: true }).waitFor();
    await player.startFirst();
});
