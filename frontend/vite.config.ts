import { defineConfig } from 'vite';
import { serviceWorker } from './pwa/serviceWorker';

const kServer = 'http://127.0.0.1:8080';

export default defineConfig({
    plugins: [serviceWorker()],
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
