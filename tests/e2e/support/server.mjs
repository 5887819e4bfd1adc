// Runs the real server on a demo library of its own, in a temporary folder.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const kRepository = fileURLToPath(new URL('../../../', import.meta.url));
const kStartDeadlineMs = 30_000;
const kDemoDeadlineMs = 180_000;

function findBinary() {
    const candidates = process.env.SEGUE_BIN
        ? [process.env.SEGUE_BIN]
        : ['build/release/segue', 'build/dev/segue'].map((path) => join(kRepository, path));
    const found = candidates.find((path) => existsSync(path));
    if (!found) throw new Error(`no server to test: ${candidates.join(', ')} (set SEGUE_BIN)`);
    return found;
}

export class Server {
    #binary = findBinary();
    #music;
    #folder = mkdtempSync(join(tmpdir(), 'segue-e2e-'));
    #child;
    #output = '';
    #port = 0;
    /** Where the page is, "http://127.0.0.1:PORT". */
    origin = '';

    /** @param music  a folder of music to serve; without one, `makeDemo` makes some */
    constructor(music) {
        this.#music = music;
    }

    get library() {
        return this.#music ?? join(this.#folder, 'music');
    }

    /** What the server has written so far: the first thing to read when a test fails. */
    get output() {
        return this.#output;
    }

    makeDemo() {
        const made = spawnSync(this.#binary, ['demo', this.library], {
            encoding: 'utf8',
            timeout: kDemoDeadlineMs,
        });
        if (made.status !== 0) throw new Error(`segue demo failed: ${made.stderr || made.error}`);
    }

    /** Starts the server; a second start takes the same port, as a restarted server would. */
    async start() {
        const webRoot = join(dirname(this.#binary), 'web');
        if (!existsSync(join(webRoot, 'index.html'))) {
            throw new Error(`no web player in ${webRoot}: run tools/build`);
        }
        const child = spawn(
            this.#binary,
            [
                'serve',
                ...['--library', this.library],
                ...['--data', join(this.#folder, 'data')],
                ...['--port', String(this.#port)],
            ],
            { stdio: ['ignore', 'pipe', 'pipe'] },
        );
        this.#child = child;
        // A test that threw leaves nothing behind.
        process.once('exit', () => child.kill('SIGKILL'));
        this.origin = await new Promise((resolve, reject) => {
            let text = '';
            const timer = setTimeout(
                () => reject(new Error(`no address after ${kStartDeadlineMs} ms:\n${text}`)),
                kStartDeadlineMs,
            );
            const read = (data) => {
                text += data;
                this.#output += data;
                const address = /http:\/\/127\.0\.0\.1:(\d+)/.exec(text);
                if (!address) return;
                clearTimeout(timer);
                this.#port = Number(address[1]);
                resolve(address[0]);
            };
            child.stdout.on('data', read);
            child.stderr.on('data', read);
            child.once('exit', (code) => reject(new Error(`the server ended (${code}):\n${text}`)));
            child.once('error', reject);
        });
    }

    async stop(signal = 'SIGTERM') {
        const child = this.#child;
        if (!child || child.exitCode !== null || child.signalCode !== null) return;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill(signal);
        const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
        await ended;
        clearTimeout(timer);
    }

    /** Starts it again if a test that failed has left it away. */
    async ensure() {
        const child = this.#child;
        if (child && (child.exitCode !== null || child.signalCode !== null)) await this.start();
    }

    async remove() {
        await this.stop();
        rmSync(this.#folder, { recursive: true, force: true });
    }

    /** The files of the demo library. */
    files() {
        const walk = (folder) =>
            readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
                entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)],
            );
        return walk(this.library).sort();
    }

    async statusOf(path) {
        const response = await fetch(this.origin + path, { headers: { range: 'bytes=0-0' } });
        await response.body?.cancel();
        return response.status;
    }

    async json(path) {
        const response = await fetch(this.origin + path);
        if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
        return response.json();
    }

    async bytes(path, first, last) {
        const response = await fetch(this.origin + path, {
            headers: { range: `bytes=${first}-${last}` },
        });
        if (response.status !== 206) throw new Error(`${path}: ${response.status}`);
        return Buffer.from(await response.arrayBuffer());
    }
}
