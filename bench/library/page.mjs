#!/usr/bin/env node
// Figures of the web player: size and time of the first load, and a list of many rows.
//
// usage: node bench/library/page.mjs [--segue build/release/segue] [--tracks 100000] [--work FOLDER]
//
// Makes a library with bench/library/generate.py where it is not there yet, serves it, and opens the
// page in Chromium over loopback. The first load is measured with an empty cache and the processor
// slowed down four times: until the albums of the start page are drawn, and until the page answers a
// key. The list is scrolled by the wheel and thrown to places by its scroll bar.
// Exit status 0 when the first load is as small and as quick as it should be.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { launch } from '../../tests/e2e/support/page.mjs';

const kHere = dirname(fileURLToPath(import.meta.url));
const kLoads = 7;
const kSlowdown = 4;
/** What the first load may weigh and take. */
const kMostScriptBytes = 150_000;
const kMostAnswerMs = 1000;
const kFrames = 600;
const kJumps = 40;

const { values: options } = parseArgs({
    options: {
        segue: { type: 'string', default: 'build/release/segue' },
        tracks: { type: 'string', default: '100000' },
        work: { type: 'string', default: '/var/tmp/segue-library-bench' },
        help: { type: 'boolean', short: 'h' },
    },
});
if (options.help) {
    const [, ...lines] = readFileSync(fileURLToPath(import.meta.url), 'utf8').split('\n');
    const end = lines.findIndex((line) => !line.startsWith('//'));
    for (const line of lines.slice(0, end)) console.log(line.replace(/^\/\/ ?/, ''));
    process.exit();
}

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const share = (numbers, part) => sorted(numbers)[Math.floor((numbers.length - 1) * part)];
const round = (number) => Math.round(number * 10) / 10;

function music() {
    const folder = join(options.work, options.tracks);
    if (!existsSync(`${folder}.done`)) {
        mkdirSync(options.work, { recursive: true });
        const generate = join(kHere, 'generate.py');
        spawnSync('python3', [generate, folder, options.tracks], { stdio: 'inherit' });
        writeFileSync(`${folder}.done`, '');
    }
    return folder;
}

async function serve(folder, data) {
    const child = spawn(
        options.segue,
        ['serve', '--library', folder, '--data', data, '--port', '0'],
        { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const origin = await new Promise((resolve, reject) => {
        let text = '';
        const read = (bytes) => {
            text += bytes;
            const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text);
            if (found) resolve(found[0]);
        };
        child.stdout.on('data', read);
        child.stderr.on('data', read);
        child.once('exit', () => reject(new Error(text)));
    });
    for (;;) {
        const health = await (await fetch(`${origin}/api/health`)).json();
        if (!health.scan.running && health.tracks >= Number(options.tracks)) break;
        await new Promise((done) => setTimeout(done, 500));
    }
    return { child, origin };
}

/** One load with nothing kept. */
async function load(browser, origin) {
    const context = await browser.newContext({ serviceWorkers: 'block' });
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: kSlowdown });
    const scripts = new Set();
    let scriptBytes = 0;
    const requests = [];
    page.on('response', (response) => {
        const { pathname } = new URL(response.url());
        requests.push(pathname);
    });
    // As they came over the wire, headers included.
    await cdp.send('Network.enable');
    cdp.on('Network.responseReceived', ({ requestId, response }) => {
        if (new URL(response.url).pathname.endsWith('.js')) scripts.add(requestId);
    });
    cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
        if (scripts.has(requestId)) scriptBytes += encodedDataLength;
    });
    await page.goto(origin, { waitUntil: 'commit' });
    const drawnMs = await page.evaluate(
        () =>
            new Promise((resolve) => {
                const look = () => {
                    if (!document.querySelector('main .tile img')) requestAnimationFrame(look);
                    else requestAnimationFrame(() => resolve(performance.now()));
                };
                look();
            }),
    );
    // Answers when the main thread is free of what the load began.
    await page.keyboard.press('/');
    const answersMs = await page.evaluate(
        () =>
            new Promise((resolve) => {
                const look = () => {
                    if (document.activeElement?.matches('.search input')) resolve(performance.now());
                    else requestAnimationFrame(look);
                };
                look();
            }),
    );
    const paints = await page.evaluate(() =>
        performance.getEntriesByName('first-contentful-paint').map(({ startTime }) => startTime),
    );
    await context.close();
    return {
        paintMs: paints[0] ?? NaN,
        drawnMs,
        answersMs,
        scriptBytes,
        requests: requests.length,
    };
}

/** Wheels through the list, a third of a screen per frame, and counts how long frames take. */
async function scroll(browser, origin) {
    const context = await browser.newContext({
        serviceWorkers: 'block',
        viewport: { width: 1440, height: 900 },
    });
    const page = await context.newPage();
    let requests = 0;
    page.on('request', (request) => (requests += request.url().includes('/api/tracks?') ? 1 : 0));
    await page.goto(`${origin}/tracks`);
    await page.locator('button.row').first().waitFor();
    const frames = await page.evaluate(async (count) => {
        const scroller = document.getElementById('page');
        const times = [];
        let blank = 0;
        let rows = 0;
        let last = performance.now();
        for (let i = 0; i < count; i++) {
            scroller.scrollTop += 240;
            await new Promise(requestAnimationFrame);
            const now = performance.now();
            times.push(now - last);
            last = now;
            const box = scroller.getBoundingClientRect();
            const shown = [...document.querySelectorAll('.tracks .track')].filter((row) => {
                const { bottom, top } = row.getBoundingClientRect();
                return bottom > box.top && top < box.bottom;
            });
            rows += shown.length;
            blank += shown.filter((row) => row.classList.contains('is-blank')).length;
        }
        return { times, blank: blank / rows };
    }, kFrames);
    const wheelRequests = requests;
    const jumps = await page.evaluate(async (count) => {
        const scroller = document.getElementById('page');
        const times = [];
        for (let i = 0; i < count; i++) {
            const at = ((i * 0.618034) % 1) * scroller.scrollHeight;
            const begin = performance.now();
            scroller.scrollTop = at;
            for (;;) {
                await new Promise(requestAnimationFrame);
                const box = scroller.getBoundingClientRect();
                const cells = [...document.querySelectorAll('.tracks .track')].filter((row) => {
                    const { bottom, top } = row.getBoundingClientRect();
                    return bottom > box.top && top < box.bottom;
                });
                const there = cells.length > 5 && !cells.some((row) => row.matches('.is-blank'));
                if (there) break;
            }
            times.push(performance.now() - begin);
        }
        return times;
    }, kJumps);
    const drawn = await page.locator('.tracks .cell').count();
    const heap = await page.evaluate(() => performance.memory?.usedJSHeapSize ?? 0);
    await context.close();
    return { frames, wheelRequests, jumps, drawn, heapMb: heap / 1e6 };
}

const data = join(options.work, `player-${process.pid}`);
const { child, origin } = await serve(music(), data);
const browser = await launch();
try {
    await load(browser, origin); // the server's own caches
    const loads = [];
    for (let i = 0; i < kLoads; i++) loads.push(await load(browser, origin));
    const median = (name) => Math.round(share(loads.map((each) => each[name]), 0.5));
    console.log(`first load, processor slowed ${kSlowdown} times, median of ${kLoads}`);
    console.log(`  compressed script   ${median('scriptBytes')} bytes`);
    console.log(`  first paint         ${median('paintMs')} ms`);
    console.log(`  albums drawn        ${median('drawnMs')} ms`);
    console.log(`  answers a key       ${median('answersMs')} ms`);
    console.log(`  requests            ${median('requests')}`);
    const isGood =
        median('scriptBytes') <= kMostScriptBytes && median('answersMs') <= kMostAnswerMs;
    console.log(`  ${kMostScriptBytes / 1000} kB, a key within ${kMostAnswerMs} ms: ${isGood ? 'PASS' : 'FAIL'}`);
    if (!isGood) process.exitCode = 1;
    const { frames, wheelRequests, jumps, drawn, heapMb } = await scroll(browser, origin);
    console.log(`list of ${options.tracks} tracks`);
    console.log(
        `  ${kFrames} frames scrolled  ${round(share(frames.times, 0.5))} ms p50, ` +
            `${round(share(frames.times, 0.95))} ms p95, ${round(Math.max(...frames.times))} ms max`,
    );
    console.log(`  rows not there yet  ${round(frames.blank * 100)} %, ${wheelRequests} requests`);
    console.log(
        `  far jumps           ${Math.round(share(jumps, 0.5))} ms p50, ` +
            `${Math.round(share(jumps, 0.95))} ms p95`,
    );
    console.log(`  rows drawn          ${drawn}, script memory ${Math.round(heapMb)} MB`);
} finally {
    await browser.close();
    child.kill();
    await new Promise((done) => child.once('exit', done));
    rmSync(data, { recursive: true, force: true });
}
