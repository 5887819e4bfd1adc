import { defineConfig, type Plugin } from 'vite';
import { compressed } from './pwa/compressed';
import { serviceWorker } from './pwa/serviceWorker';

const kServer = 'http://127.0.0.1:8080';

/** Has the font of the first words come with the script, so that they are laid out once. */
function fontAhead(): Plugin {
    return {
        name: 'segue-font-ahead',
        apply: 'build',
        enforce: 'post',
        transformIndexHtml(_html, { bundle }) {
            const font = Object.keys(bundle ?? {}).find((name) => /-latin-wght-.*\.woff2$/.test(name));
            if (!font) throw new Error('no font of Latin letters in the build');
            const attrs = {
                rel: 'preload',
                href: `/${font}`,
                as: 'font',
                type: 'font/woff2',
                crossorigin: '',
            };
            return [{ tag: 'link', attrs, injectTo: 'head' }];
        },
    };
}

export default defineConfig({
    plugins: [fontAhead(), serviceWorker(), compressed()],
    esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
    build: {
        target: 'es2022',
        // Every asset stays a file of our own origin, so that a strict content policy can hold.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
    },
    server: {
        port: 5173,
        // The server changes nothing for pages of another origin, which this one's would be.
        proxy: { '/api': { target: kServer, headers: { origin: kServer } } },
    },
});
