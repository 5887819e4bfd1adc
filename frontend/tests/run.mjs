// Bundles each test file, so that Node 18, which reads no TypeScript, runs them with its own runner.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const names = readdirSync(here).filter((name) => name.endsWith('.test.ts'));
const out = mkdtempSync(join(tmpdir(), 'segue-player-tests-'));
try {
    await build({
        entryPoints: names.map((name) => join(here, name)),
        outdir: out,
        outExtension: { '.js': '.mjs' },
        bundle: true,
        platform: 'node',
        format: 'esm',
        target: 'node18',
        sourcemap: 'inline',
        logLevel: 'warning',
    });
    const files = names.map((name) => join(out, name.replace(/\.ts$/, '.mjs')));
    const { status } = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...files], {
        stdio: 'inherit',
    });
    process.exitCode = status ?? 1;
} finally {
    rmSync(out, { recursive: true, force: true });
}
