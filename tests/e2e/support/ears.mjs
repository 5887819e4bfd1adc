// Hears what the page plays, sample by sample: an AudioWorklet on the player's mix, before volume
// and pauses. It counts by the context's clock, so a busy machine makes it late and never wrong.
// Chromium leaves worklets out of a few quanta when it is pressed; those frames are NaN, unheard,
// and whoever compares steps over them.
import { until } from './page.mjs';

const kWorklet = `
registerProcessor('ears', class extends AudioWorkletProcessor {
    pieces = [];
    next = 0;
    process([input]) {
        // Pressed, Chromium calls twice within what it takes for the same quantum.
        const frame = Math.max(currentFrame, this.next);
        this.next = frame + 128;
        const planes = [0, 1].map((c) => (input[c] ?? input[0] ?? new Float32Array(128)).slice());
        this.pieces.push({ frame, planes });
        if (this.pieces.length === 16) {
            this.port.postMessage({ end: this.next, pieces: this.pieces });
            this.pieces = [];
        }
        return true;
    }
});`;

/** Contexts that listen: the page's own policy rightly refuses scripts that are not the server's. */
export const kListening = { bypassCSP: true };

/** The machine was too busy to hear; says nothing about the player. */
export class Deaf extends Error {}

export class Ears {
    #page;
    rateHz = 0;

    /** Begins to listen; the player has to have begun. */
    static async open(page) {
        const self = new Ears();
        self.#page = page;
        self.rateHz = await page.evaluate(async (worklet) => {
            const { mix } = window.segue.player.engine;
            const { context } = mix;
            const blob = new Blob([worklet], { type: 'text/javascript' });
            await context.audioWorklet.addModule(URL.createObjectURL(blob));
            const node = new AudioWorkletNode(context, 'ears', {
                channelCount: 2,
                channelCountMode: 'max',
            });
            const ears = { end: 0, pieces: new Map(), context };
            node.port.onmessage = ({ data }) => {
                for (const { frame, planes } of data.pieces) ears.pieces.set(frame, planes);
                ears.end = data.end;
            };
            mix.connect(node).connect(new GainNode(context, { gain: 0 })).connect(
                context.destination,
            );
            window.ears = ears;
            return context.sampleRate;
        }, kWorklet);
        await until('the ears hear', async () => (await self.frames()).end > 0);
        return self;
    }

    /** What has been heard so far: frames of the clock below `end`. */
    frames() {
        return this.#page.evaluate(() => ({ end: window.ears.end }));
    }

    /** The clock now, in frames. */
    now() {
        return this.#page.evaluate(() => {
            const { context } = window.ears;
            return Math.round(context.currentTime * context.sampleRate);
        });
    }

    /** Waits until the clock's frame `frame` has been heard. */
    async reach(frame, deadlineMs = 30_000) {
        await until(
            `frame ${frame} is heard`,
            async () => (await this.frames()).end >= frame,
            deadlineMs,
        );
    }

    /** Left and right of frames [from, to). @throws Deaf when too many of them were not heard */
    async take(from, to) {
        const text = await this.#page.evaluate(
            ([first, last]) => {
                const { pieces } = window.ears;
                const out = new Float32Array((last - first) * 2).fill(NaN);
                let heard = 0;
                for (let frame = first; frame < last; frame++) {
                    const piece = pieces.get(frame - (frame & 127));
                    if (!piece) continue;
                    heard++;
                    out[2 * (frame - first)] = piece[0][frame & 127];
                    out[2 * (frame - first) + 1] = piece[1][frame & 127];
                }
                if (heard < 0.9 * (last - first)) return undefined;
                const bytes = new Uint8Array(out.buffer);
                let binary = '';
                for (let i = 0; i < bytes.length; i += 32768)
                    binary += String.fromCharCode(...bytes.subarray(i, i + 32768));
                return btoa(binary);
            },
            [from, to],
        );
        if (text === undefined) throw new Deaf(`frames ${from} to ${to} were hardly heard`);
        const bytes = Buffer.from(text, 'base64');
        const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
        return [0, 1].map((channel) =>
            Float32Array.from({ length: to - from }, (_, i) => samples[2 * i + channel]),
        );
    }

    /** What is heard in the next so many seconds. */
    async hear(seconds) {
        const from = (await this.frames()).end;
        const to = from + Math.round(seconds * this.rateHz);
        await this.reach(to);
        return { from, planes: await this.take(from, to) };
    }
}
