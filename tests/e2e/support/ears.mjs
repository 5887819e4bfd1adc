// Hears what the page plays, sample by sample: an AudioWorklet on the player's mix, before volume
// and pauses. It counts by the context's clock, so a busy machine makes it late and never wrong.
import { until } from './page.mjs';

const kWorklet = `
registerProcessor('ears', class extends AudioWorkletProcessor {
    pieces = [];
    process([input]) {
        const planes = [0, 1].map((c) => (input[c] ?? input[0] ?? new Float32Array(128)).slice());
        this.pieces.push(planes);
        if (this.pieces.length === 16) {
            this.port.postMessage({ end: currentFrame + 128, pieces: this.pieces });
            this.pieces = [];
        }
        return true;
    }
});`;

/** Contexts that listen: the page's own policy rightly refuses scripts that are not the server's. */
export const kListening = { bypassCSP: true };

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
            const ears = { begin: undefined, end: 0, pieces: [], context };
            node.port.onmessage = ({ data }) => {
                ears.begin ??= data.end - data.pieces.length * 128;
                ears.pieces.push(...data.pieces);
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

    /** What has been heard so far: frames [begin, end) of the clock. */
    frames() {
        return this.#page.evaluate(() => ({ begin: window.ears.begin, end: window.ears.end }));
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

    /** Left and right of frames [from, to), which have been heard. */
    async take(from, to) {
        const text = await this.#page.evaluate(
            ([first, last]) => {
                const { begin, pieces } = window.ears;
                const out = new Float32Array((last - first) * 2);
                for (let frame = first; frame < last; frame++) {
                    const at = frame - begin;
                    const piece = pieces[at >> 7];
                    if (!piece) continue;
                    out[2 * (frame - first)] = piece[0][at & 127];
                    out[2 * (frame - first) + 1] = piece[1][at & 127];
                }
                const bytes = new Uint8Array(out.buffer);
                let binary = '';
                for (let i = 0; i < bytes.length; i += 32768)
                    binary += String.fromCharCode(...bytes.subarray(i, i + 32768));
                return btoa(binary);
            },
            [from, to],
        );
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
