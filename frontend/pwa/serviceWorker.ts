import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

/** Files of `public/` that an installed player shows. */
const kPublic = ['/favicon.svg', '/manifest.webmanifest', '/icon-192.png'];

/** Writes sw.js, which keeps every file of the build for when the server is away. */
export function serviceWorker(): Plugin {
    return {
        name: 'segue-service-worker',
        apply: 'build',
        enforce: 'post',
        generateBundle(_options, bundle) {
            const built = Object.keys(bundle)
                .filter((name) => name.startsWith('assets/') && !name.endsWith('.map'))
                .map((name) => `/${name}`)
                .sort();
            const files = ['/', ...kPublic, ...built];
            const version = createHash('sha256').update(files.join()).digest('hex').slice(0, 12);
            const text = readFileSync(fileURLToPath(new URL('sw.js', import.meta.url)), 'utf8');
            this.emitFile({
                type: 'asset',
                fileName: 'sw.js',
                source: text
                    .replace('__VERSION__', version)
                    .replace("['__FILES__']", JSON.stringify(files)),
            });
        },
    };
}
