/** Ten tabs of one browser, over HTTP/1.1 and HTTP/2; and each way of listening as the other's fallback. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, launch, visitor } from './chromium.mjs';
import { giveName, isListening, row, say } from './page.mjs';
import { nginx } from './nginx.mjs';
import { Server } from './server.mjs';

const browser = await launch({ flags: ['--ignore-certificate-errors'] });

const TABS = 10;

/** Opens tabs of one person, and gives them once each listens. */
async function tabs(t, url, many, prepare = async () => {}) {
  const { context, faults } = await visitor(t, browser, { ignoreHTTPSErrors: true });
  await prepare(context);
  const first = await context.newPage();
  await first.goto(`${url}/rooms/lobby`);
  await giveName(first, 'Ann');
  const others = await Promise.all(Array.from({ length: many - 1 }, () => context.newPage()));
  await Promise.all(others.map((page) => page.goto(`${url}/rooms/lobby`)));
  await Promise.all(others.map(isListening));
  return { pages: [first, ...others], faults };
}

/** Waits until so many lines of each kind are open, and no other. */
const hasLines = (server, sse, websocket) =>
  eventually(
    () => Promise.all([server.metric('lines_sse'), server.metric('lines_websocket')]),
    (open) => open.join() === [sse, websocket].join(),
  );

async function allHear(server, pages) {
  await say(pages[0], 'from the first tab');
  await say(pages.at(-1), 'from the last tab');
  await server.say('lobby', 'from elsewhere');
  for (const words of ['from the first tab', 'from the last tab', 'from elsewhere']) {
    await Promise.all(pages.map((page) => row(page, words, 'sent')));
  }
}

const protocol = (page) => page.evaluate(() => performance.getEntriesByType('navigation')[0].nextHopProtocol);

const refuseWebSockets = (context) =>
  context.addInitScript(() => {
    // As behind a proxy that does not know them: every one closes before it opens.
    window.WebSocket = class extends EventTarget {
      constructor() {
        super();
        queueMicrotask(() => this.onclose?.(new CloseEvent('close', { code: 1006 })));
      }
      close() {}
    };
  });

const refuseEventStreams = (context) =>
  context.route('**/stream?*', (route) => {
    const wantsEvents = route.request().headers().accept?.includes('text/event-stream');
    return wantsEvents ? route.abort() : route.continue();
  });

test('ten tabs over HTTP/1.1 hear everything, over WebSockets', async (t) => {
  const server = await Server.start(t);
  const { pages, faults } = await tabs(t, server.url, TABS);
  assert.equal(await protocol(pages[0]), 'http/1.1');
  await hasLines(server, 0, TABS);
  await allHear(server, pages);
  assert.deepEqual(faults, []);
  await Promise.all(pages.map((page) => page.close()));
  await hasLines(server, 0, 0);
});

test('ten tabs over HTTP/2 behind nginx hear everything, over event streams', async (t) => {
  const server = await Server.start(t);
  const { pages, faults } = await tabs(t, await nginx(t, server.url), TABS);
  assert.equal(await protocol(pages[0]), 'h2');
  await hasLines(server, TABS, 0);
  await allHear(server, pages);
  assert.deepEqual(faults, []);
  await Promise.all(pages.map((page) => page.close()));
  await hasLines(server, 0, 0);
});

test('where WebSockets are blocked the page listens to an event stream', async (t) => {
  const server = await Server.start(t);
  const { pages } = await tabs(t, server.url, 2, refuseWebSockets);
  await hasLines(server, 2, 0);
  await allHear(server, pages);
});

test('where event streams are blocked, behind nginx with HTTP/2, the page opens a WebSocket', async (t) => {
  const server = await Server.start(t);
  const { pages } = await tabs(t, await nginx(t, server.url), 2, refuseEventStreams);
  assert.equal(await protocol(pages[0]), 'h2');
  await hasLines(server, 0, 2);
  await allHear(server, pages);
});
