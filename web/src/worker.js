// Lets the page open without a connection. It keeps the page itself and its files; what people wrote it never sees.
const FILES = [/* written by the build */];

/** A cache a version; the one before stays, for pages that are still open. */
const CACHE = 'openline VERSION';
/** Any room's address is the page. */
const PAGE = new Request('/rooms/lobby', { headers: { accept: 'text/html' } });
/** Milliseconds after which a server that does not answer counts as away. */
const PATIENCE = 4_000;

/** A file is the same for a link, a script and for us, whatever each says that it accepts. */
const AS_IS = { ignoreVary: true };

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll([PAGE, ...FILES]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys().then((names) => {
      const ours = names.filter((name) => name.startsWith('openline '));
      return Promise.all(ours.slice(0, -2).map((name) => caches.delete(name)));
    }),
  );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  const isPage = request.mode === 'navigate' && (pathname === '/' || pathname.startsWith('/rooms/'));
  if (isPage) event.respondWith(page(request));
  else if (pathname.startsWith('/assets/')) event.respondWith(file(request));
});

/** From the server, as long as it answers, and not a proxy that cannot reach it. */
async function page(request) {
  const kept = await (await caches.open(CACHE)).match(PAGE, AS_IS);
  if (!kept) return fetch(request);
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE));
  const fresh = fetch(request).then(
    (answer) => (answer.status >= 500 ? kept : answer),
    () => kept,
  );
  return Promise.race([fresh, late]);
}

/** Under one name a file never changes. One that the build did not know is of a newer page. */
async function file(request) {
  const kept = await caches.match(request, AS_IS);
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.ok) await (await caches.open(CACHE)).put(request, fresh.clone());
  return fresh;
}
