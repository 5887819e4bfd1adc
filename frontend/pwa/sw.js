// The offline shell: the page and its files are there without the server, so that an installed
// player opens and says what is wrong. The API is never kept: what it says is true only now.
/* global self, caches, fetch, URL, clients */

/** Filled in by the build: a name for this version, and its files. */
const kVersion = '__VERSION__';
const kFiles = ['__FILES__'];

const kCache = `segue-${kVersion}`;

self.addEventListener('install', (event) => {
    event.waitUntil(
        caches
            .open(kCache)
            .then((cache) => cache.addAll(kFiles))
            .then(() => self.skipWaiting()),
    );
});

self.addEventListener('activate', (event) => {
    event.waitUntil(
        caches
            .keys()
            .then((names) =>
                Promise.all(
                    names
                        .filter((name) => name.startsWith('segue-') && name !== kCache)
                        .map((name) => caches.delete(name)),
                ),
            )
            .then(() => clients.claim()),
    );
});

self.addEventListener('fetch', (event) => {
    const { request } = event;
    const url = new URL(request.url);
    if (request.method !== 'GET' || url.origin !== self.location.origin) return;
    if (url.pathname.startsWith('/api/') || url.pathname === '/metrics') return;
    if (request.mode === 'navigate') {
        event.respondWith(fetch(request).catch(() => caches.match('/', { cacheName: kCache })));
    } else if (url.pathname.startsWith('/assets/')) {
        // Their names hold a hash of what is in them.
        event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
    } else if (kFiles.includes(url.pathname)) {
        event.respondWith(
            fetch(request).catch(() => caches.match(request, { cacheName: kCache })),
        );
    }
});
