/** On a plane: the page is opened again without a network, and what is written there arrives, in order and once. */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { eventually, launch } from './chromium.mjs';
import { join, row, SAID, say } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

/** How many messages are missed, and written. */
const MISSED = 1000;
const WRITTEN = 20;

const bodies = (page) => page.locator(SAID).allTextContents().then((texts) => texts.map((text) => text.trim()));

test('messages typed offline across a reload, while a thousand others came, edits and deletions among them', async (t) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/flight`, 'Ann', { viewport: { width: 1280, height: 800 } });
  await say(ann, 'before takeoff');
  await row(ann, 'before takeoff', 'sent');
  // The page is at hand once its worker has taken over.
  await ann.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await ann.waitForFunction(async () => (await (await caches.open('openline-shell')).keys()).length > 3);
  await ann.context().setOffline(true);
  for (let count = 1; count <= WRITTEN / 2; count += 1) await say(ann, `written ${count}`);
  await row(ann, `written ${WRITTEN / 2}`, 'waiting');

  const ground = await someone(server);
  const ids = [];
  for (let count = 1; count <= MISSED; count += 1) ids.push(await ground.say('flight', `missed ${count}`));
  await ground.edit('flight', ids[MISSED - 5], 'changed');
  await ground.remove('flight', ids[MISSED - 10]);
  await ground.edit('flight', ids[3], 'changed early');

  await ann.reload();
  await row(ann, 'before takeoff', 'sent');
  await row(ann, 'written 1', 'waiting');
  for (let count = WRITTEN / 2 + 1; count <= WRITTEN; count += 1) await say(ann, `written ${count}`);
  await row(ann, `written ${WRITTEN}`, 'waiting');
  await ann.context().setOffline(false);
  await row(ann, `written ${WRITTEN}`, 'sent');

  const page = await eventually(
    () => ground.newest('flight', 60),
    ({ messages }) => messages.filter(({ body }) => body.startsWith('written')).length === WRITTEN,
  );
  const stored = page.messages.map(({ body }) => body);
  const written = stored.filter((body) => body.startsWith('written'));
  assert.deepEqual(written, Array.from({ length: WRITTEN }, (_, index) => `written ${index + 1}`));
  const others = stored.filter((body) => !body.startsWith('written'));
  assert.ok(others.includes('changed') && !others.includes(`missed ${MISSED - 9}`), others.join());

  // What is shown is the end of what is stored: the same words in the same order, each once.
  await eventually(
    () => bodies(ann),
    (shown) => shown.length >= 40 && JSON.stringify(shown.slice(-40)) === JSON.stringify(stored.slice(-40)),
  );
  const other = await join(t, browser, `${server.url}/rooms/flight`, 'Bob');
  await eventually(
    () => bodies(other),
    (shown) => shown.length >= 40 && JSON.stringify(shown.slice(-40)) === JSON.stringify(stored.slice(-40)),
  );
});

/** A person who talks to the server without a page. */
async function someone(server) {
  const arrived = await fetch(`${server.url}/me`, { method: 'PUT', body: JSON.stringify({ name: 'Ground' }) });
  const cookie = arrived.headers.get('set-cookie').split(';')[0];
  const call = async (method, path, body) => {
    const headers = { cookie, 'content-type': 'application/json', accept: 'application/json' };
    const answer = await fetch(`${server.url}${path}`, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  };
  return {
    say: async (room, body) => (await call('POST', `/rooms/${room}`, { body })).id,
    edit: (room, id, body) => call('PATCH', `/rooms/${room}/${id}`, { body }),
    remove: (room, id) => call('DELETE', `/rooms/${room}/${id}`),
    newest: (room, limit) => call('GET', `/rooms/${room}?limit=${limit}`),
  };
}
