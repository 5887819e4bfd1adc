import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** What fits into one packet gains nothing. */
const kLeastBytes = 1400;

/** Lays a compressed copy beside every file of text, for the server to send instead. */
export function compressed(): Plugin {
    return {
        name: 'segue-compressed',
        apply: 'build',
        // From the files as they were written: until then other plugins change them.
        writeBundle({ dir }, bundle) {
            for (const name of Object.keys(bundle)) {
                if (!dir || !/^assets\/.*\.(js|css|svg)$/.test(name)) continue;
                const bytes = readFileSync(join(dir, name));
                if (bytes.length < kLeastBytes) continue;
                writeFileSync(join(dir, `${name}.gz`), gzipSync(bytes, { level: 9 }));
            }
        },
    };
}
