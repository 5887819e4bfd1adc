// What is heard, sample by sample: an AudioWorklet in the page records the player's mix, and the
// server's own PCM says what it should have been. Limits in ms are far from what is promised, which
// `bench/player` holds a quiet machine to; limits in samples are exact.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Deaf, Ears, kListening } from './support/ears.mjs';
import {
    measureChange,
    measureJoinWith,
    measureSeek,
    ofTrack,
    residualDb,
    Stream,
} from './support/measure.mjs';
import { launch, PlayerPage, until } from './support/page.mjs';
import { Server } from './support/server.mjs';
import { toneWav } from './support/sound.mjs';

const kResults = fileURLToPath(new URL('results/', import.meta.url));
/** Played as it came: what is left is nothing. */
const kExactDb = -140;
/** A fade in floats lies this close to what it goes between. */
const kBetween = 2 / 32768;
/** A change that takes as long as this, and goes evenly, does not click. */
const kLeastFadeMs = 8;
const kBend = 0.1;
/** A machine that is too busy is asked again so often. */
const kMostDeaf = 3;
/** No machine, however busy, should need more. */
const kPatientMs = 2000;
/** Of which this much may be the player's own: what it has is heard, however long the server took. */
const kPromptMs = 250;

/** A track at another rate than the others: a tone, of which every fault is seen. */
const kTone = { name: 'tone', hz: 997, rateHz: 48_000, seconds: 12 };

const server = new Server();
let browser;
let tracks;
let tone;

before(async () => {
    mkdirSync(kResults, { recursive: true });
    server.makeDemo();
    writeFileSync(join(server.library, `${kTone.name}.wav`), toneWav(kTone));
    await server.start();
    await until(
        'the library is scanned',
        async () => {
            const health = await server.json('/api/health');
            tracks = (await server.json('/api/tracks')).tracks;
            return !health.scan?.running && tracks.length > 4;
        },
        60_000,
    );
    tone = tracks.find(({ sampleRateHz }) => sampleRateHz === kTone.rateHz);
    tracks = tracks.filter(({ id }) => id !== tone.id);
    tracks.sort((a, b) => a.trackNumber - b.trackNumber);
    browser = await launch();
});

after(async () => {
    await browser?.close();
    await server.remove();
});

/** Opens the page, runs the flow, closes; the closing checks the console and the hosts. */
async function once(act, options) {
    const player = await PlayerPage.open(browser, server.origin, {
        ...options,
        context: { ...kListening, ...options.context },
    });
    try {
        await act(player);
    } catch (error) {
        await player.page.screenshot({ path: `${kResults}failed.png` }).catch(() => {});
        await player.close().catch((complaints) => console.error(String(complaints)));
        await server.ensure();
        throw error;
    }
    await player.close();
}

function flow(name, act, options = {}) {
    test(name, { timeout: 300_000 }, async () => {
        for (let again = 0; again < kMostDeaf; again++) {
            try {
                return await once(act, options);
            } catch (error) {
                if (!(error instanceof Deaf)) throw error;
                console.log(`once more: ${error.message}`);
            }
        }
        return once(act, options);
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

const heardUrl = (player) => player.page.evaluate(() => window.segue.player.engine.heardUrl);

/** @param index  the track that is to follow the one that plays */
async function joinsExactly(player, ears, index) {
    const url = ofTrack(await heardUrl(player), tracks[index].id);
    const { gapFrames, residual } = await measureJoinWith(player, ears, server, url);
    console.log(`${gapFrames} frames missing or doubled, residual ${residual} dB`);
    assert.equal(gapFrames, 0);
    assert.ok(residual <= kExactDb, `residual ${residual} dB`);
}

flow('tracks of an album join to the sample, whatever fade is set for others', async (player) => {
    await player.page.evaluate(() => (window.segue.settings.crossfadeSeconds.value = 6));
    const ears = await listen(player, 0, tracks[0].durationSeconds - 5);
    await joinsExactly(player, ears, 1);
});

flow('repeating one track joins its end to its beginning', async (player) => {
    await player.page.evaluate(() => (window.segue.settings.repeat.value = 'one'));
    const ears = await listen(player, 2, tracks[2].durationSeconds - 5);
    await joinsExactly(player, ears, 2);
});

flow('a track of another rate follows without a gap, at its own pitch', async (player) => {
    await player.page.evaluate(() => (window.segue.settings.enhanced.value = false));
    const order = [tracks[0].id, tone.id];
    const ears = await listen(player, 0, tracks[0].durationSeconds - 5, order);
    const first = await heardStream(player);
    assert.equal(ears.rateHz, first.rateHz);
    const here = async () => {
        const { id, time } = await player.state();
        return id === tone.id && time > 2.5 && time;
    };
    const time = await until('the tone', here, 40_000);
    const { end } = await ears.frames();
    const from = end - Math.round((time + 1) * ears.rateHz);
    const heardBoth = await ears.take(from, end);
    const [left] = heardBoth;
    const place = first.locate(heardBoth);
    const begin = first.frames - place;
    assert.ok(begin > 0 && begin < 3 * ears.rateHz, 'the end of the first track is not heard');
    const rms = (a, b) => {
        const there = left.subarray(a, b).filter((x) => !Number.isNaN(x));
        return Math.sqrt(there.reduce((sum, x) => sum + x * x, 0) / there.length);
    };
    const second = Math.round(ears.rateHz);
    const level = rms(begin + second, begin + 2 * second);
    const window = Math.round(ears.rateHz / kTone.hz) * 4;
    for (let at = begin; at < begin + second; at += window) {
        const here = rms(at, at + window);
        assert.ok(!(here <= 0.5 * level), `${here} of ${level}, ${at - begin} frames behind the join`);
    }
    // All of a second is that tone, at the pitch that it has at its own rate.
    let re = 0;
    let im = 0;
    let heard = 0;
    for (let i = 0; i < second; i++) {
        const sample = left[begin + second + i];
        if (Number.isNaN(sample)) continue;
        const angle = (2 * Math.PI * kTone.hz * i) / ears.rateHz;
        re += sample * Math.cos(angle);
        im += sample * Math.sin(angle);
        heard++;
    }
    const share = (2 * (re * re + im * im)) / (heard * level) ** 2;
    const restDb = 10 * Math.log10(Math.max(1e-12, 1 - share));
    console.log(`what is no tone: ${restDb.toFixed(1)} dB`);
    assert.ok(restDb < -50, `what is no tone: ${restDb} dB`);
});

flow('other tracks cross at equal power when that is chosen', async (player) => {
    const seconds = 3;
    await player.page.evaluate(
        (long) => (window.segue.settings.crossfadeSeconds.value = long),
        seconds,
    );
    const order = [tracks[2].id, tracks[0].id];
    const ears = await listen(player, 0, tracks[2].durationSeconds - 8, order);
    const firstUrl = await heardUrl(player);
    const secondUrl = ofTrack(firstUrl, tracks[0].id);
    const first = await Stream.open(server, firstUrl);
    const second = await Stream.open(server, secondUrl);
    await until(
        'the next track plays',
        async () => (await heardUrl(player)) === secondUrl && (await player.state()).time > 4,
        40_000,
    );
    const { end } = await ears.frames();
    const length = Math.round(((await player.state()).time + 1) * ears.rateHz);
    const heard = await ears.take(end - length, end);
    const behind = second.locate(heard, length - 2048) - (length - 2048);
    assert.ok(Number.isFinite(behind), 'the second track is not heard');
    // Its frame 0 lies at -behind, as long before the end of the first as the fade is.
    const overlap = Math.round(seconds * ears.rateHz);
    const begin = -behind;
    const tail = first.cut(first.frames - overlap, first.frames);
    const head = second.cut(0, overlap);
    const wanted = tail.map((plane, channel) =>
        plane.map((x, i) => {
            const angle = (Math.PI / 2) * (i / overlap);
            return x * Math.cos(angle) + head[channel][i] * Math.sin(angle);
        }),
    );
    const cut = heard.map((plane) => plane.subarray(begin, begin + overlap));
    const residual = residualDb(cut, wanted);
    console.log(`residual ${residual} dB`);
    // The curve is drawn in straight lines.
    assert.ok(residual < -45, `residual ${residual} dB`);
});

/**
 * Changes of one kind: in place, without a click, and told how soon.
 * @param isThere  whether what is changed to is there before
 */
async function changes(player, ears, kind, rounds, isThere) {
    for (const [act, part] of rounds) {
        const { beginMs, middleMs, endMs, ownMs, outside, bend } = await measureChange(
            player,
            ears,
            server,
            act,
            part,
        );
        const times = [beginMs, middleMs, endMs].map((ms) => ms.toFixed(0)).join(', ');
        const own = isThere ? '' : `, ${ownMs.toFixed(0)} ms of them its own`;
        console.log(`${kind}: begins, is half there, is there after ${times} ms${own}`);
        assert.ok(outside < kBetween, `${kind}: ${outside} outside of both voices`);
        assert.ok(endMs - beginMs > kLeastFadeMs && bend < kBend, `${kind}: no even fade`);
        assert.ok(endMs < kPatientMs, `${kind}: there after ${endMs} ms`);
        if (isThere) continue;
        assert.ok(ownMs < kPromptMs, `${kind}: the player itself took ${ownMs} ms`);
    }
}

const pressE = () => {
    const { context } = window.ears;
    const asked = Math.round(context.currentTime * context.sampleRate);
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'e', bubbles: true }));
    return asked;
};

flow('one key compares original and enhanced in place, without a click', async (player) => {
    const ears = await listen(player, 0, 20);
    const ready = () =>
        [...window.segue.player.engine.voicesLaid].length === 2 && window.segue.player.now > 22;
    await until('both voices are there', () => player.page.evaluate(ready));
    const rounds = ['enhanced=false', 'enhanced=true', 'enhanced=false', 'enhanced=true'];
    await changes(
        player,
        ears,
        'A/B',
        rounds.map((part) => [pressE, part]),
        true,
    );
});

flow('another preset is gone over to in place, without a click', async (player) => {
    const ears = await listen(player, 0, 20);
    for (const preset of ['warm', 'bright', 'gentle']) {
        await player.page.evaluate((name) => {
            window.choose = () => (window.segue.settings.preset.value = name);
        }, preset);
        const choose = () => {
            const { context } = window.ears;
            const asked = Math.round(context.currentTime * context.sampleRate);
            window.choose();
            return asked;
        };
        await changes(player, ears, preset, [[choose, `preset=${preset}`]], false);
    }
});

flow(
    'a server that is away for a moment is not heard at all',
    async (player) => {
        const ears = await listen(player, 0, 10);
        const stream = await heardStream(player);
        await until('enough is there', () =>
            player.page.evaluate(() => window.segue.player.engine.secondsAhead > 9),
        );
        const { end: from } = await ears.frames();
        const stopped = Date.now();
        await server.stop('SIGKILL');
        await server.start();
        const awaySeconds = (Date.now() - stopped) / 1000;
        // Longer than what the player has in hand is another test.
        if (awaySeconds > 5) throw new Deaf(`the server took ${awaySeconds} s to start`);
        await ears.reach(from + Math.round(20 * ears.rateHz), 60_000);
        const heard = await ears.take(from, from + Math.round(20 * ears.rateHz));
        const place = stream.locate(heard);
        assert.ok(place !== undefined, 'something else is heard');
        const residual = residualDb(heard, stream.cut(place, place + heard[0].length));
        console.log(`residual ${residual} dB over 20 s, the server killed and started in them`);
        assert.ok(residual <= kExactDb, `residual ${residual} dB`);
        assert.equal(await player.page.locator('.toast').count(), 0);
    },
    { offline: true },
);

flow(
    'a server that stays away is said, and the music goes on by itself where it stopped',
    async (player) => {
        const ears = await listen(player, 0, 10);
        const stream = await heardStream(player);
        await server.stop('SIGKILL');
        // What is in hand, in the sockets too, plays on first: that may be a minute of music.
        await until('it waits', async () => (await player.state()).waiting, 120_000);
        await player.toast('Connection lost', 5000);
        const { time } = await player.state();
        const { end: stopped } = await ears.frames();
        await server.start();
        await player.playsBeyond(time + 1.5, 60_000);
        await until('no message', async () => (await player.page.locator('.toast').count()) === 0);
        const { end } = await ears.frames();
        const heard = await ears.take(stopped - Math.round(2 * ears.rateHz), end);
        const before = stream.locate(heard);
        const at = heard[0].length - 4096;
        const after = stream.locate(heard, at);
        assert.ok(before !== undefined && after !== undefined, 'something else is heard');
        // Zeros between: exactly so many that nothing is left out and nothing comes twice.
        let silent = 0;
        for (let i = 0; i < at; i++) silent += heard[0][i] === 0 && heard[1][i] === 0 ? 1 : 0;
        const missing = after - before - (at - silent);
        console.log(`stopped at ${time.toFixed(2)} s; ${missing} frames missing of ${at}`);
        assert.ok(Math.abs(missing) < 50, `${missing} frames missing or doubled`);
    },
    { offline: true },
);

flow('with the timers of a background tab the next track still joins to the sample', async (player) => {
    // Headless Chromium hides no tab, so the page gets what a hidden one has: timers once a second.
    await player.page.addInitScript(() => {
        for (const name of ['setTimeout', 'setInterval']) {
            const own = window[name];
            window[name] = (act, ms = 0, ...rest) => own(act, Math.max(1000, ms), ...rest);
        }
        Object.defineProperty(document, 'hidden', { get: () => true });
    });
    await player.page.reload();
    const ears = await listen(player, 0, tracks[0].durationSeconds - 8);
    await joinsExactly(player, ears, 1);
});

flow('another speed keeps the pitch', async (player) => {
    const ears = await listen(player, 0, 20);
    const speed = 1.5;
    await player.page.evaluate((value) => (window.segue.settings.speed.value = value), speed);
    await ears.hear(1);
    const place = () =>
        player.page.evaluate(() => {
            const { context } = window.ears;
            return [window.segue.player.now, Math.round(context.currentTime * context.sampleRate)];
        });
    const [time, frame] = await place();
    await ears.reach(frame + Math.round(4 * ears.rateHz));
    const [later, laterFrame] = await place();
    const pace = (later - time) / ((laterFrame - frame) / ears.rateHz);
    assert.ok(Math.abs(pace - speed) < 0.02, `${pace} times as fast`);
    // Short pieces are those of the source, at its own pitch, near where they should be.
    const heard = await ears.take(frame, frame + Math.round(3 * ears.rateHz));
    const stream = await heardStream(player);
    const size = Math.round(0.03 * ears.rateHz);
    const likes = [];
    for (let k = 1; k < 30; k++) {
        const at = Math.round(k * 0.1 * ears.rateHz);
        const near = Math.round((time + (at / ears.rateHz) * speed) * ears.rateHz);
        let best = 0;
        for (let shift = -3500; shift <= 3500; shift++) {
            let product = 0;
            let a = 1e-12;
            let b = 1e-12;
            for (let i = 0; i < size; i += 2) {
                const x = heard[0][at + i];
                const y = stream.planes[0][near + shift + i];
                product += x * y;
                a += x * x;
                b += y * y;
            }
            best = Math.max(best, product / Math.sqrt(a * b));
        }
        if (!Number.isNaN(best)) likes.push(best);
    }
    likes.sort((a, b) => a - b);
    const median = likes[likes.length >> 1];
    console.log(`${pace.toFixed(3)} times as fast, pieces alike to ${median.toFixed(3)}`);
    assert.ok(median > 0.9, `pieces are alike to ${median}`);
});

flow('the sleep timer stops at its time, and at the end of the track', async (player) => {
    await listen(player, 0, tracks[0].durationSeconds - 4);
    await player.page.evaluate(() => window.segue.player.setSleep('track'));
    await until('it stops', async () => !(await player.state()).playing, 20_000);
    const second = await player.state();
    assert.equal(second.id, tracks[1].id);
    assert.equal(second.time, 0);
    await player.page.keyboard.press('Space');
    await player.playsBeyond(0.5);
    await player.page.evaluate(() => window.segue.player.setSleep(0.03));
    await until('it stops', async () => !(await player.state()).playing, 20_000);
    await player.stands();
});

flow('a page that opens again goes on where the music was', async (player) => {
    await listen(player, 1, 30);
    await player.page.keyboard.press('Space');
    await player.stands();
    const { time } = await player.state();
    await until('the place is kept', async () => {
        const queue = await server.json('/api/queue');
        return (
            queue.trackIds[queue.currentIndex] === tracks[1].id &&
            Math.abs(queue.positionSeconds - time) < 0.5
        );
    });
    const again = await PlayerPage.open(browser, server.origin, {
        context: kListening,
        queue: null,
    });
    await until('the same track', async () => (await again.state())?.id === tracks[1].id);
    await until('the same place', async () => Math.abs((await again.state()).time - time) < 0.5);
    assert.ok(!(await again.state()).playing);
    assert.deepEqual(
        await again.page.evaluate(() => window.segue.player.queue.peek().ids),
        ids(),
    );
    await again.page.keyboard.press('Space');
    await again.playsBeyond(time + 0.3);
    await again.close();
});

flow('lock screens and media keys know what plays', async (player) => {
    await listen(player, 0);
    const seen = await player.page.evaluate(() => ({
        title: navigator.mediaSession.metadata?.title,
        state: navigator.mediaSession.playbackState,
    }));
    assert.deepEqual(seen, { title: tracks[0].title, state: 'playing' });
    await player.page.keyboard.press('Space');
    await player.stands();
    assert.equal(await player.page.evaluate(() => navigator.mediaSession.playbackState), 'paused');
});
