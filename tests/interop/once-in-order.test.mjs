/**
 * The same stream, with a server that is killed in the middle of it, read by clients that other people wrote:
 * each hears every message exactly once and in order.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch, open } from '../browser/chromium.mjs';
import { inProject, Server, start } from '../browser/server.mjs';

const browser = await launch();

const python = process.env.OPENLINE_PYTHON ?? inProject('target/interop-venv/bin/python');
const clients = {
  eventsource: [process.execPath, 'eventsource.mjs'],
  ws: [process.execPath, 'ws.mjs'],
  'httpx-sse': [python, 'httpx_sse_client.py'],
  websockets: [python, 'websockets_client.py'],
  curl: ['bash', 'curl.bash'],
};

/** Whatever may be hard to carry. */
const shapes = [
  'plain',
  ' spaces around ',
  'two\nlines',
  'windows\r\nlines\r\n',
  'old\rmac\r',
  '\n\nempty lines before and after\n\n',
  'id: 7\nevent: hello\ndata: not an event\n\nretry: 1',
  ': not a comment',
  '\u2028 \u2029 \u0085 are no line ends here',
  '\ufeffa mark at the beginning',
  '你好，世界 👩‍👩‍👧‍👦 🇪🇺 é (é)',
  '"quotes" \\ backslashes \\n </script>',
  `long ${'x'.repeat(50_000)}`,
];
const drafts = [
  ...shapes.map((body) => ({ body })),
  { data: { nested: ['line\nend', 1.5, null] } },
  { body: 'both', data: [1, 2, 3] },
  { body: 'an event of a type of its own', type: 'tick' },
];

/** A client in a program of its own. */
function program(t, url, [command, file]) {
  const child = start(t, command, [fileURLToPath(new URL(`clients/${file}`, import.meta.url)), url]);
  const heard = [];
  const lines = createInterface({ input: child.stdout }).on('line', (line) => heard.push(JSON.parse(line)));
  const closed = once(lines, 'close').then(() => Promise.reject(new Error(`${file} ended early`)));
  closed.catch(() => {}); // It may end once nobody waits for more.
  const until = async (body) => {
    while (!heard.some((message) => message.body === body)) await Promise.race([once(lines, 'line'), closed]);
  };
  return { until, heard: () => heard };
}

/** Chromium's own EventSource. */
async function chromium(t, url) {
  const page = await open(t, browser, new URL('/health', url).href);
  await page.evaluate((url) => {
    window.heard = [];
    const source = new EventSource(`${url}?since=all`);
    const hear = (event) => window.heard.push(JSON.parse(event.data));
    source.addEventListener('message', hear);
    source.addEventListener('tick', hear);
  }, url);
  const until = (body) => page.waitForFunction((body) => window.heard.some((message) => message.body === body), body);
  return { until, heard: () => page.evaluate(() => window.heard) };
}

test('every client hears everything exactly once and in order, across the death of the server', async (t) => {
  const server = await Server.start(t);
  const room = `${server.url}/rooms/interop`;
  const told = [];
  const say = async (draft) => told.push(await server.say('interop', draft));

  // Some of it is history when they come.
  for (const draft of drafts.slice(0, 5)) await say(draft);
  const all = { chromium: await chromium(t, room) };
  for (const [name, command] of Object.entries(clients)) all[name] = program(t, room, command);
  for (const draft of drafts) await say(draft);
  await say({ body: 'half' });
  await Promise.all(Object.values(all).map(({ until }) => until('half')));

  await server.kill();
  await server.restart();
  for (const draft of drafts) await say(draft);
  await say({ body: 'the end' });
  await Promise.all(Object.values(all).map(({ until }) => until('the end')));

  for (const [name, client] of Object.entries(all)) {
    assert.deepEqual(await client.heard(), told, name);
  }
});
