// What is heard, sample by sample: an AudioWorklet in the page records the player's mix, and the
// server's own PCM says what it should have been. Limits in ms are far from what is promised, which
// `bench/player` holds a quiet machine to; limits in samples are exact.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ears, kListening } from './support/ears.mjs';
import { hears, measureChange, measureSeek, residualDb, Stream } from './support/measure.mjs';
import { launch, PlayerPage, until } from './support/page.mjs';
import { Server } from './support/server.mjs';

const kResults = fileURLToPath(new URL('results/', import.meta.url));
/** Played as it came: what is left is nothing. */
const kExactDb = -140;
/** A fade in floats lies this close to what it goes between. */
const kBetween = 2 / 32768;
/** No machine, however busy, should need more. */
const kPatientMs = 2000;

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
            return !health.scan?.running && tracks.length > 3;
        },
        60_000,
    );
    tracks.sort((a, b) => a.trackNumber - b.trackNumber);
    browser = await launch();
});

after(async () => {
    await browser?.close();
    await server.remove();
});

/** Opens the page, runs the flow, closes; the closing checks the console and the hosts. */
function flow(name, act, options = {}) {
    test(name, { timeout: 180_000 }, async () => {
        const player = await PlayerPage.open(browser, server.origin, {
            ...options,
            context: { ...kListening, ...options.context },
        });
        try {
            await act(player);
        } catch (error) {
            await player.page.screenshot({ path: `${kResults}failed.png` }).catch(() => {});
            await player.close().catch((complaints) => console.error(String(complaints)));
            throw error;
        }
        await player.close();
    });
}

const ids = () => tracks.map(({ id }) => id);

/** Plays a track from a place on, among all of them in the album's order, and listens. */
async function listen(player, index = 0, seconds = 0, order = ids()) {
    await player.page.evaluate(
        ([all, id, place]) => {
            window.segue.player.playFrom(all, id);
            if (place > 0) {
                const stop = setInterval(() => {
                    if (window.segue.player.track.peek()?.id !== id) return;
                    if (!window.segue.player.engine.isLoaded) return;
                    clearInterval(stop);
                    window.segue.player.seek(place);
                }, 5);
            }
        },
        [order, order[index], seconds],
    );
    await player.playsBeyond(seconds + 0.2);
    return Ears.open(player.page);
}

const heardStream = async (player) =>
    Stream.open(server, await player.page.evaluate(() => window.segue.player.engine.heardUrl));

flow('what plays is what the server has, to the last bit', async (player) => {
    const ears = await listen(player);
    const { planes } = await ears.hear(3);
    const stream = await heardStream(player);
    const place = stream.locate(planes);
    assert.ok(place !== undefined, 'something else is heard');
    const residual = residualDb(planes, stream.cut(place, place + planes[0].length));
    console.log(`residual ${residual} dB`);
    assert.ok(residual <= kExactDb, `residual ${residual} dB`);
});

flow('a seek to where nothing is rendered lands on the frame', async (player) => {
    const ears = await listen(player);
    for (const share of [0.7, 0.31, 0.9]) {
        const seconds = share * tracks[0].durationSeconds;
        const { heardMs, placeFrames, exact } = await measureSeek(player, ears, server, seconds);
        console.log(`to ${seconds.toFixed(1)} s: after ${heardMs.toFixed(0)} ms, ${placeFrames} frames off`);
        assert.ok(exact <= kExactDb, `residual ${exact} dB`);
        // The first sample of a fade-in is silent.
        assert.ok(placeFrames >= 0 && placeFrames <= 8, `${placeFrames} frames off`);
        assert.ok(heardMs < kPatientMs, `heard after ${heardMs} ms`);
    }
});

/** Heard around the end of one stream and the beginning of another, against the two joined. */
async function joins(player, ears, first, second) {
    const { page } = player;
    await until('the next track', () => page.evaluate(
        (url) => window.segue.player.engine.heardUrl === url && window.segue.player.now > 1,
        second.url,
    ), 30_000);
    const end = (await ears.frames()).end;
    const heard = await ears.take(end - Math.round(2.5 * ears.rateHz), end);
    const length = heard[0].length;
    const place = first.stream.locate(heard);
    assert.ok(place !== undefined, 'the end of the first track is not heard');
    const left = first.stream.frames - place;
    const tail = first.stream.cut(place, first.stream.frames);
    const head = second.stream.cut(0, length - left);
    const wanted = tail.map((plane, channel) =>
        Float32Array.from({ length }, (_, i) => plane[i] ?? head[channel][i - left]),
    );
    const placeBehind = second.stream.locate(heard, length - 2048);
    assert.ok(placeBehind !== undefined, 'the beginning of the second track is not heard');
    return { gapFrames: length - 2048 - left - placeBehind, residual: residualDb(heard, wanted) };
}

async function opened(url) {
    return { url, stream: await Stream.open(server, url) };
}

for (const crossfade of [0, 6]) {
    const name =
        crossfade > 0
            ? 'tracks of one album join without a fade, whatever is set for others'
            : 'tracks join without a gap, to the sample';
    flow(name, async (player) => {
        await player.page.evaluate((seconds) => window.segue.player.engine.setCrossfade(seconds), crossfade);
        const ears = await listen(player, 0, tracks[0].durationSeconds - 5);
        const urlOf = async () => player.page.evaluate(() => window.segue.player.engine.heardUrl);
        const first = await opened(await urlOf());
        const second = await opened(first.url.replace(`/${tracks[0].id}?`, `/${tracks[1].id}?`));
        const { gapFrames, residual } = await joins(player, ears, first, second);
        console.log(`${gapFrames} frames missing or doubled, residual ${residual} dB`);
        assert.equal(gapFrames, 0);
        assert.ok(residual <= kExactDb, `residual ${residual} dB`);
    });
}
