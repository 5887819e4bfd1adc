// What was heard against what the server has: places, residuals and changes, to the sample.
import assert from 'node:assert/strict';
import { Deaf } from './ears.mjs';
import { until } from './page.mjs';

/** Frames that have to agree for a place to be found. */
const kFingerprint = 1024;
/** So many zeros are no music, which has dither. */
const kSilence = 64;
/** Half of a 16-bit step: samples closer than this are the same. */
const kSame = 0.5 / 32768;

/** A stream is gone over to when 0.25 s of it are there; a little more, for what lies on its way. */
const kEnoughSeconds = 0.35;

/** Where frames were not heard, a fade ends somewhere else than it seems to. */
const kAroundSeconds = 0.02;

/** Voices that differ by so much show how a fade goes between them. */
const kClearDifference = 0.01;

/** All frames of one of the server's 16-bit streams. */
export class Stream {
    rateHz;
    frames;
    planes;

    static async open(server, url) {
        // A connection of its own: a server that was killed meanwhile leaves dead ones behind.
        const response = await fetch(server.origin + url, { headers: { connection: 'close' } });
        assert.equal(response.status, 200, url);
        const bytes = Buffer.from(await response.arrayBuffer());
        const data = bytes.indexOf('data') + 8;
        const channels = bytes.readUInt16LE(22);
        const self = new Stream();
        self.rateHz = bytes.readUInt32LE(24);
        self.frames = Math.floor((bytes.length - data) / (2 * channels));
        self.planes = [0, Math.min(1, channels - 1)].map((channel) =>
            Float32Array.from(
                { length: self.frames },
                (_, i) => bytes.readInt16LE(data + 2 * (i * channels + channel)) / 32768,
            ),
        );
        return self;
    }

    /** Left and right of frames [from, to), silence outside of the track. */
    cut(from, to) {
        return this.planes.map((plane) =>
            Float32Array.from({ length: to - from }, (_, i) => plane[from + i] ?? 0),
        );
    }

    /** Whether frame `at` sounds like this from `place` on, for a fingerprint. */
    #agrees(planes, at, place) {
        for (let i = 0; i < kFingerprint; i++) {
            for (const channel of [0, 1]) {
                const wanted = this.planes[channel][place + i] ?? 0;
                if (Math.abs(planes[channel][at + i] - wanted) >= kSame) return false;
            }
        }
        return true;
    }

    /** The track's frame that is heard at `at`; undefined when it is none. */
    locate(planes, at = 0) {
        if (at + kFingerprint > planes[0].length) return undefined;
        // Silence is everywhere, and what was not heard could be anything.
        const heard = planes[0].subarray(at, at + kFingerprint).filter((x) => Math.abs(x) > 0);
        if (heard.length < kFingerprint / 4) return undefined;
        for (let place = 0; place + kFingerprint <= this.frames; place++) {
            if (this.#agrees(planes, at, place)) return place;
        }
        return undefined;
    }
}

/** The energy of the difference against that of what is wanted, in dB; -200: none. */
export function residualDb(heard, wanted) {
    let error = 0;
    let energy = 0;
    for (const channel of [0, 1]) {
        for (let i = 0; i < wanted[channel].length; i++) {
            if (Number.isNaN(heard[channel][i])) continue;
            error += (heard[channel][i] - wanted[channel][i]) ** 2;
            energy += wanted[channel][i] ** 2;
        }
    }
    return Math.max(-200, 10 * Math.log10((error + 1e-30) / (energy + 1e-30)));
}

/**
 * Where what is heard goes over from `before` to `after`, which are all of equal length and at
 * the same place of the track.
 * @return `from`: the first frame that is not `before` any more; `to`: the first from which all
 * is `after`; `outside`: how far any sample lies outside of what lies between the two, which a fade
 * in place never does and a click, a gap or a shift does; `bend`: how far the share of `after` is
 * from a straight rise between the two, 1 for a sudden change
 */
export function transition(heard, before, after) {
    const length = heard[0].length;
    const differs = (wanted, i) =>
        [0, 1].some((channel) => Math.abs(heard[channel][i] - wanted[channel][i]) > kSame);
    let from = 0;
    while (from < length && !differs(before, from)) from++;
    let to = length;
    while (to > 0 && !differs(after, to - 1)) to--;
    let outside = 0;
    for (let i = 0; i < length; i++) {
        for (const channel of [0, 1]) {
            const x = heard[channel][i];
            const a = before[channel][i];
            const b = after[channel][i];
            if (Number.isNaN(x)) continue;
            outside = Math.max(outside, x - Math.max(a, b), Math.min(a, b) - x);
        }
    }
    let bend = to > from + 1 ? 0 : 1;
    for (let i = from; i < to; i++) {
        for (const channel of [0, 1]) {
            const way = after[channel][i] - before[channel][i];
            if (Math.abs(way) < kClearDifference || Number.isNaN(heard[channel][i])) continue;
            const share = (heard[channel][i] - before[channel][i]) / way;
            bend = Math.max(bend, Math.abs(share - (i - from) / (to - from)));
        }
    }
    return { from, to, outside, bend };
}

/** The address of the stream that is heard, as soon as `part` is in it. */
export function hears(player, part) {
    return until(`the stream with ${part}`, () =>
        player.page.evaluate((text) => {
            const url = window.segue.player.engine.heardUrl;
            return url?.includes(text) ? url : undefined;
        }, part),
    );
}

/**
 * Changes the voice by `act` and looks at what was heard.
 * @param act  a function for the page; the clock is read right before it
 * @return in ms from the change: when the first sample of the fade was played, its middle and its
 * end; how much of that is the player's own, which is until it asks the server and from when enough
 * has come (nothing, where the new stream was there before); and `outside` and `bend` of `transition`
 */
export async function measureChange(player, ears, server, act, newPart) {
    const { page } = player;
    const oldUrl = await page.evaluate(() => window.segue.player.engine.heardUrl);
    await ears.hear(0.1);
    await page.evaluate(
        ([part, seconds]) => {
            const { player } = window.segue;
            const { context } = window.ears;
            const clock = () => Math.round(context.currentTime * context.sampleRate);
            const { fetch } = window;
            window.askedAt = window.arrivedAt = undefined;
            window.fetch = (url, init) => {
                if (String(url).includes(part)) {
                    window.askedAt = clock();
                    window.fetch = fetch;
                }
                return fetch(url, init);
            };
            const off = player.engine.addTap(({ url, startFrame, channels, sampleRateHz }) => {
                const end = (startFrame + channels[0].length) / sampleRateHz;
                if (!url.includes(part) || end < player.now + seconds) return;
                window.arrivedAt = clock();
                off();
            });
        },
        [newPart, kEnoughSeconds],
    );
    const asked = await page.evaluate(act);
    const newUrl = await hears(player, newPart);
    const end = (await ears.now()) + Math.round(0.3 * ears.rateHz);
    await ears.reach(end);
    const begin = asked - Math.round(0.08 * ears.rateHz);
    const heard = await ears.take(begin, end);
    const before = await Stream.open(server, oldUrl);
    const after = await Stream.open(server, newUrl);
    const place = before.locate(heard);
    assert.ok(place !== undefined, 'before the change something else is heard');
    const { from, to, outside, bend } = transition(
        heard,
        before.cut(place, place + end - begin),
        after.cut(place, place + end - begin),
    );
    const around = Math.round(kAroundSeconds * ears.rateHz);
    if (heard[0].subarray(Math.max(0, from - around), to + around).some(Number.isNaN))
        throw new Deaf('the change was not heard whole');
    const ms = (frame) => (1000 * (begin + frame - asked)) / ears.rateHz;
    const [askedServer, arrived] = await page.evaluate(() => [window.askedAt, window.arrivedAt]);
    const ownMs = ms(askedServer - begin) + ms(from) - ms(arrived - begin);
    return {
        beginMs: ms(from),
        middleMs: ms((from + to) / 2),
        endMs: ms(to),
        ownMs,
        outside,
        bend,
    };
}

/**
 * Seeks and looks from when on the new place is heard.
 * @return ms from the call to the first sample, and how many frames the place that is heard lies
 * behind the one that was asked for
 */
export async function measureSeek(player, ears, server, seconds) {
    const { page } = player;
    const asked = await page.evaluate((target) => {
        const { context } = window.ears;
        window.segue.player.seek(target);
        return Math.round(context.currentTime * context.sampleRate);
    }, seconds);
    await until('it plays there', () =>
        page.evaluate((target) => {
            const { player } = window.segue;
            return !player.buffering.peek() && player.now > target + 0.3 && player.now < target + 9;
        }, seconds),
    );
    const end = (await ears.frames()).end;
    const heard = await ears.take(asked, end);
    const url = await page.evaluate(() => window.segue.player.engine.heardUrl);
    const stream = await Stream.open(server, url);
    const at = heard[0].length - 2 * kFingerprint;
    const place = stream.locate(heard, at);
    assert.ok(place !== undefined, 'after the seek something else is heard');
    // Back from where it plays undisturbed to the silence that the old place ended with.
    let first = at;
    for (let i = at, zeros = 0; i >= 0 && zeros < kSilence; i--) {
        zeros = heard[0][i] === 0 && heard[1][i] === 0 ? zeros + 1 : 0;
        if (zeros === 0) first = i;
    }
    if (heard[0].subarray(first - 256, first + 1).some(Number.isNaN))
        throw new Deaf('the beginning was not heard');
    const target = Math.round(seconds * stream.rateHz);
    return {
        heardMs: (1000 * first) / ears.rateHz,
        placeFrames: place - (at - first) - target,
        exact: residualDb(
            heard.map((plane) => plane.subarray(at)),
            stream.cut(place, place + heard[0].length - at),
        ),
    };
}

/** The same voice of another track. */
export const ofTrack = (url, id) => url.replace(/stream\/[^?]+/, `stream/${id}`);

/**
 * What is heard around the end of the stream that plays and the beginning of the one at
 * `secondUrl`, against the two joined. Waits until the second plays.
 * @return frames that are missing (or, below 0, doubled), and the residual in dB
 */
export async function measureJoinWith(player, ears, server, secondUrl) {
    const { page } = player;
    const firstUrl = await page.evaluate(() => window.segue.player.engine.heardUrl);
    const first = await Stream.open(server, firstUrl);
    const second = secondUrl === firstUrl ? first : await Stream.open(server, secondUrl);
    const reached = (url) => {
        const { engine, now } = window.segue.player;
        return engine.heardUrl === url && now > 1 && now < 10;
    };
    await until('the next track', () => page.evaluate(reached, secondUrl), 60_000);
    const { end } = await ears.frames();
    const { time } = await player.state();
    const heard = await ears.take(end - Math.round((time + 1.5) * ears.rateHz), end);
    const length = heard[0].length;
    const place = first.locate(heard);
    assert.ok(place !== undefined, 'the end of the first track is not heard');
    const left = first.frames - place;
    const tail = first.cut(place, first.frames);
    const head = second.cut(0, length - left);
    const wanted = tail.map((plane, channel) =>
        Float32Array.from({ length }, (_, i) => plane[i] ?? head[channel][i - left]),
    );
    const behind = second.locate(heard, length - 2048);
    assert.ok(behind !== undefined, 'the beginning of the second track is not heard');
    return { gapFrames: length - 2048 - left - behind, residual: residualDb(heard, wanted) };
}

/** Plays from shortly before the end of the first track and looks at the join with the second. */
export async function measureJoin(player, ears, server, [first, second]) {
    const { page } = player;
    await page.evaluate((seconds) => window.segue.player.seek(seconds), first.durationSeconds - 5);
    await player.playsBeyond(first.durationSeconds - 4.8);
    const url = await page.evaluate(() => window.segue.player.engine.heardUrl);
    return measureJoinWith(player, ears, server, ofTrack(url, second.id));
}
