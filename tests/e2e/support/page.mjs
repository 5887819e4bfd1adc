// The player's page, with ears: what it shows, where it plays, and what is heard.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const kPollMs = 25;

export function launch() {
    return chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        args: [
            '--headless=new',
            '--no-sandbox',
            '--disable-gpu',
            '--autoplay-policy=no-user-gesture-required',
            '--disable-background-networking',
            '--disable-component-update',
            '--disable-sync',
            '--no-first-run',
            '--disable-quic',
        ],
    });
}

/** Asks until `look` gives something true; its last answer explains a failure. */
export async function until(what, look, deadlineMs = 15_000) {
    const end = Date.now() + deadlineMs;
    for (;;) {
        const seen = await look();
        if (seen) return seen;
        if (Date.now() > end) {
            assert.fail(
                `${what}: not within ${deadlineMs} ms (last seen: ${JSON.stringify(seen)})`,
            );
        }
        await new Promise((resolve) => setTimeout(resolve, kPollMs));
    }
}

export class PlayerPage {
    #context;
    #complaints = [];
    #foreign = [];
    page;

    /** @param options.offline  errors of the network are part of the test */
    static async open(browser, origin, { path = '/', context = {}, offline = false } = {}) {
        const self = new PlayerPage();
        self.#context = await browser.newContext({
            viewport: { width: 1360, height: 860 },
            ...context,
        });
        self.page = await self.#context.newPage();
        self.page.setDefaultTimeout(15_000);
        self.page.on('pageerror', (error) => self.#complaints.push(String(error)));
        self.page.on('console', (message) => {
            if (message.type() !== 'error') return;
            if (offline && message.text().includes('Failed to load resource')) return;
            self.#complaints.push(message.text());
        });
        self.page.on('request', (request) => {
            const url = new URL(request.url());
            const ours = url.origin === origin || ['data:', 'blob:'].includes(url.protocol);
            if (!ours) self.#foreign.push(request.url());
        });
        await self.page.goto(origin + path);
        return self;
    }

    /** Closes, and fails if the page complained or called another host. */
    async close() {
        await this.#context.close();
        assert.deepEqual(this.#complaints, [], 'errors in the console');
        assert.deepEqual(this.#foreign, [], 'requests to other hosts');
    }

    get rows() {
        return this.page.locator('button.row');
    }

    async startFirst() {
        await this.rows.first().click();
        await this.playsBeyond(0.3);
    }

    /** What the deck that is heard is doing; undefined before there is one. */
    state() {
        return this.page.evaluate(() => {
            const deck = document.querySelector('audio[data-active]');
            if (!deck) return undefined;
            return {
                url: deck.getAttribute('src') ?? '',
                time: deck.currentTime,
                duration: deck.duration,
                paused: deck.paused,
                seeking: deck.seeking,
                volume: deck.volume,
                sounding: [...document.querySelectorAll('audio')].filter((each) => !each.paused)
                    .length,
                at: performance.now(),
            };
        });
    }

    playsBeyond(seconds, deadlineMs) {
        return until(
            `playing beyond ${seconds} s`,
            async () => {
                const state = await this.state();
                return state && !state.paused && !state.seeking && state.time > seconds && state;
            },
            deadlineMs,
        );
    }

    title() {
        return this.page.locator('.dock .now-title').innerText();
    }

    toast(text) {
        return this.page.locator('.toast', { hasText: text }).first().waitFor();
    }

    /**
     * Does `act`, waits until the stream whose address holds `part` is the only one that sounds at
     * its full level, and returns by how many seconds the place differs from undisturbed playback.
     */
    async changesStream(part, act) {
        const before = await this.state();
        await act();
        const after = await until(`the stream with ${part}`, async () => {
            const state = await this.state();
            const there = state?.url.includes(part) && state.sounding === 1 && !state.paused;
            return there && state.volume >= before.volume - 0.01 && state;
        });
        return after.time - before.time - (after.at - before.at) / 1000;
    }

    /**
     * Chooses a preset and watches both decks until only its stream is left.
     * @return ms from the choice until it was heard at half its level, and the lowest sum of both
     * decks' levels meanwhile, 1 being the level before
     */
    choosePreset(preset) {
        return this.page.evaluate(async (name) => {
            const decks = [...document.querySelectorAll('audio')];
            const full = document.querySelector('audio[data-active]').volume;
            const choices = [...document.querySelectorAll('input[type=radio]')];
            const begin = performance.now();
            choices.find(({ value }) => value === name).click();
            let heardMs;
            let lowest = 1;
            for (let ms = 0; ms < 10_000; ms = performance.now() - begin) {
                await new Promise((done) => setTimeout(done, 4));
                const sounding = decks.filter(({ paused }) => !paused);
                const sum = sounding.reduce((levels, { volume }) => levels + volume / full, 0);
                lowest = Math.min(lowest, sum);
                const chosen = sounding.find(({ src }) => src.includes(`preset=${name}`));
                if (chosen?.volume >= 0.5 * full) heardMs ??= performance.now() - begin;
                if (sounding.length === 1 && chosen?.volume >= 0.99 * full) break;
            }
            return { heardMs, lowest };
        }, preset);
    }

    /**
     * Listens to the sounding deck, before the volume control.
     * @return the last 0.7 s as mono samples, and the place in the track where they ended
     */
    hear(sampleRateHz) {
        return this.page.evaluate(async (sampleRate) => {
            const deck = document.querySelector('audio[data-active]');
            const context = new AudioContext({ sampleRate });
            const analyser = new AnalyserNode(context, {
                fftSize: 32768,
                smoothingTimeConstant: 0,
            });
            context.createMediaStreamSource(deck.captureStream()).connect(analyser);
            await context.resume();
            const samples = new Float32Array(analyser.fftSize);
            // A whole window of sound that no silence of the start-up is part of.
            const start = performance.now();
            const from = context.currentTime;
            while (context.currentTime - from < (2 * analyser.fftSize) / sampleRate) {
                if (performance.now() - start > 10_000) throw new Error('the audio clock stands');
                await new Promise((resolve) => setTimeout(resolve, 20));
            }
            analyser.getFloatTimeDomainData(samples);
            const time = deck.currentTime;
            await context.close();
            return { samples: [...samples], time };
        }, sampleRateHz);
    }

    /** The original file decoded by the browser, as mono samples of its first seconds .. last. */
    decode(path, sampleRateHz, fromSeconds, toSeconds) {
        return this.page.evaluate(
            async ([url, sampleRate, from, to]) => {
                const context = new OfflineAudioContext(2, 1, sampleRate);
                const encoded = await (await fetch(url)).arrayBuffer();
                const audio = await context.decodeAudioData(encoded);
                const begin = Math.max(0, Math.floor(from * sampleRate));
                const end = Math.min(audio.length, Math.floor(to * sampleRate));
                const mono = new Float32Array(end - begin);
                for (let channel = 0; channel < audio.numberOfChannels; channel++) {
                    const data = audio.getChannelData(channel);
                    for (let i = 0; i < mono.length; i++) {
                        mono[i] += data[begin + i] / audio.numberOfChannels;
                    }
                }
                return [...mono];
            },
            [path, sampleRateHz, fromSeconds, toSeconds],
        );
    }
}
