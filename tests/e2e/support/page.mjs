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

    /**
     * @param options.offline  errors of the network are part of the test
     * @param options.prepare  called with the browser's context before the page is opened
     * @param options.queue  what the server has kept for the page to begin with; null: what it has
     */
    static async open(
        browser,
        origin,
        { path = '/tracks', context = {}, offline = false, queue = [], prepare = () => {} } = {},
    ) {
        const self = new PlayerPage();
        if (queue) {
            await fetch(`${origin}/api/queue`, {
                method: 'PUT',
                headers: { 'content-type': 'application/json' },
                body: JSON.stringify({ trackIds: queue, currentIndex: 0, positionSeconds: 0 }),
            });
        }
        self.#context = await browser.newContext({
            viewport: { width: 1360, height: 860 },
            ...context,
        });
        await prepare(self.#context);
        self.page = await self.#context.newPage();
        self.page.setDefaultTimeout(15_000);
        self.page.on('pageerror', (error) => self.#complaints.push(String(error)));
        self.page.on('console', (message) => {
            if (message.type() !== 'error') return;
            if (offline && /Failed to load resource|fetching the script/.test(message.text())) return;
            self.#complaints.push(`${message.text()} ${message.location().url}`);
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

    /** What plays; undefined before anything was chosen. */
    state() {
        return this.page.evaluate(() => {
            const { player } = window.segue;
            if (!player.track.peek()) return undefined;
            return {
                id: player.track.peek().id,
                url: player.engine.heardUrl ?? '',
                time: player.now,
                duration: player.duration.peek(),
                playing: player.playing.peek(),
                waiting: player.buffering.peek(),
            };
        });
    }

    playsBeyond(seconds, deadlineMs) {
        return until(
            `playing beyond ${seconds} s`,
            async () => {
                const state = await this.state();
                return state?.playing && !state.waiting && state.time > seconds && state;
            },
            deadlineMs,
        );
    }

    /** Waits until a pause has faded out and the clock stands. */
    stands() {
        return until('the clock stands', () =>
            this.page.evaluate(() => {
                const { player } = window.segue;
                return !player.playing.peek() && player.engine.mix?.context.state === 'suspended';
            }),
        );
    }

    title() {
        return this.page.locator('.dock .now-title').innerText();
    }

    toast(text, timeout) {
        return this.page.locator('.toast', { hasText: text }).first().waitFor({ timeout });
    }
}
