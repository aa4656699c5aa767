import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';

type Handler = (event: { request: unknown; respondWith(answer: Promise<Response>): void }) => void;

/** The worker in a world of its own, in which the network gives this answer and this page is kept. */
function answerOf(network: () => Promise<Response>, kept: Response): Promise<Response> {
  let handler: Handler = () => {};
  const world = {
    self: { addEventListener: (name: string, listener: Handler) => name === 'fetch' && (handler = listener) },
    caches: { open: async () => ({ match: async () => kept }) },
    location: { origin: 'http://openline.test' },
    Request: class {},
    fetch: network,
    URL,
    setTimeout: () => {},
  };
  runInNewContext(readFileSync(new URL('../src/worker.js', import.meta.url), 'utf8'), world);
  return new Promise((resolve) => {
    const request = { url: 'http://openline.test/rooms/lobby', method: 'GET', mode: 'navigate' };
    handler({ request, respondWith: resolve as (answer: Promise<Response>) => void });
  });
}

test('the page comes from the server, or as it was kept when there is none, or only a proxy that cannot reach it', async () => {
  const kept = new Response('kept');
  assert.equal(await (await answerOf(async () => new Response('new'), kept)).text(), 'new');
  assert.equal((await answerOf(async () => new Response('none', { status: 404 }), kept)).status, 404);
  assert.equal(await answerOf(async () => new Response('Bad Gateway', { status: 502 }), kept), kept);
  assert.equal(await answerOf(async () => Promise.reject(new TypeError('Failed to fetch')), kept), kept);
});
