/*
 * Keeps the page itself at hand, so that it opens without a network: what was said and what waits to be sent is
 * kept by the page. Messages never pass through here, and nothing of them is kept.
 */
const SHELL = 'openline-shell';
/** Under which address the page is kept, whichever room it was asked for. */
const PAGE = '/';
/** Milliseconds that the network has before the kept page is shown instead. */
const PATIENCE = 3000;

addEventListener('install', (event) => {
  skipWaiting();
  event.waitUntil(keepPage(fetch(PAGE, { headers: { accept: 'text/html' } })));
});

addEventListener('activate', (event) => event.waitUntil(clients.claim()));

/** The page tells which of its files it has used. */
addEventListener('message', (event) => {
  if (!Array.isArray(event.data)) return;
  event.waitUntil(keep(event.data.filter((path) => isAsset(new URL(path, location.origin)))));
});

addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (isAsset(url)) event.respondWith(asset(request));
  else if (request.mode === 'navigate' && isPage(url)) event.respondWith(page(request));
});

/** Files whose names have a hash of their content in them: what is kept is right for ever. */
function isAsset(url) {
  return url.origin === location.origin && url.pathname.startsWith('/assets/');
}

/** The addresses that the page has, as opposed to files and pages of the operator's own. */
function isPage(url) {
  return url.pathname === '/' || url.pathname.startsWith('/rooms/');
}

async function asset(request) {
  const kept = await caches.match(request.url);
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.ok) {
    const copy = fresh.clone();
    void caches.open(SHELL).then((shell) => shell.put(request.url, copy));
  }
  return fresh;
}

/** The page from the network, or the kept one if the network is gone or slow. */
async function page(request) {
  const fresh = fetch(request);
  const url = new URL(request.url);
  if (url.pathname.startsWith('/rooms/')) void keepPage(fresh.then((response) => response.clone())).catch(() => {});
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const kept = () => caches.match(PAGE);
  const first = await Promise.race([fresh.catch(() => undefined), late]);
  return first ?? (await kept()) ?? fresh;
}

/** Keeps a page of ours with the files that it names, and lets go of files that no page names any more. */
async function keepPage(answer) {
  const response = await answer;
  if (!response.ok || !response.headers.get('content-type')?.startsWith('text/html')) return;
  const html = await response.clone().text();
  if (!html.includes('id="app"')) return;
  const paths = [...html.matchAll(/["'](\/assets\/[^"']+)["']/g)].map(([, path]) => path);
  const shell = await caches.open(SHELL);
  const before = await (await shell.match(PAGE))?.text();
  if (before === html) return;
  await keep(paths);
  await shell.put(PAGE, new Response(html, { headers: response.headers }));
  if (before !== undefined) await forgetAllBut(paths);
}

async function keep(paths) {
  const shell = await caches.open(SHELL);
  const missing = [];
  for (const path of paths) if (!(await shell.match(path))) missing.push(path);
  await shell.addAll(missing);
}

/** A new page has new files; the others come again when they are used. */
async function forgetAllBut(paths) {
  const shell = await caches.open(SHELL);
  for (const { url } of await shell.keys()) {
    const { pathname } = new URL(url);
    if (isAsset(new URL(url)) && !paths.includes(pathname)) await shell.delete(url);
  }
}
