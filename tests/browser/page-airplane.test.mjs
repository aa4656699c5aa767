/** On a plane: the page is opened again without a network, and what is written there arrives, in order and once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch } from './chromium.mjs';
import { join, keptRooms, part, row, say, showsRows, visit } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

/** Waits until the page would open without a connection. */
const opensOffline = (page) => page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));

test('on a plane: what was read can be read, twenty messages are written across a reload, and then all is one', async (t) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby', 'garden');
  await server.say('garden', 'in the garden', ben);
  const spoken = [];
  for (const words of ['stays', 'changes', 'goes']) spoken.push(await server.say('lobby', words, ben));
  const ann = await join(t, browser, `${server.url}/rooms/garden`, 'Ann');
  await ann.goto(`${server.url}/rooms/lobby`);
  await showsRows(ann, ['sent: stays', 'sent: changes', 'sent: goes']);
  await opensOffline(ann);
  await keptRooms(ann, 2);

  await ann.context().setOffline(true);
  const words = Array.from({ length: 20 }, (_, index) => `from the plane ${index}`);
  for (const word of words.slice(0, 10)) await say(ann, word);
  await ann.reload();
  await ann.locator(part('message'), { hasText: 'plane 9' }).waitFor();
  for (const word of words.slice(10)) await say(ann, word);
  await showsRows(ann, ['sent: stays', 'sent: changes', 'sent: goes', ...words.map((word) => `waiting: ${word}`)]);
  await visit(ann, 'garden');
  await showsRows(ann, ['sent: in the garden']);
  await visit(ann, 'lobby');

  for (let from = 0; from < 1000; from += 50) {
    const said = await Promise.all(Array.from({ length: 50 }, (_, index) => server.say('lobby', `missed ${from + index}`, ben)));
    spoken.push(...said);
  }
  await server.ask('PATCH', `/rooms/lobby/${spoken[1].id}`, { body: 'changed' }, ben);
  await server.ask('DELETE', `/rooms/lobby/${spoken[2].id}`, undefined, ben);
  await server.ask('PATCH', `/rooms/lobby/${spoken[1000].id}`, { body: 'changed, too' }, ben);
  await server.ask('DELETE', `/rooms/lobby/${spoken[1001].id}`, undefined, ben);
  await ann.context().setOffline(false);
  await row(ann, 'from the plane 19', 'sent');

  const history = [];
  for (let after = '0'; ; ) {
    const page = await server.ask('GET', `/rooms/lobby?after=${after}&limit=200`);
    history.push(...page.messages);
    if (!page.newer) break;
    after = page.messages.at(-1).id;
  }
  const sentWords = history.map(({ body }) => body).filter((body) => body.startsWith('from the plane'));
  assert.deepEqual(sentWords, words, 'each once, and in order');
  assert.equal(history.length, 2 + 1000 - 1 + 20);
  const seen = new Map();
  await ann.exposeFunction('seen', (rows) => {
    for (const [id, words] of rows) seen.set(id, words);
  });
  await ann.locator(part('messages')).evaluate(async (list, first) => {
    const rows = () => [...list.querySelectorAll('article[data-id]')];
    for (;;) {
      await window.seen(rows().map((row) => [row.dataset.id, row.querySelector('.said').firstElementChild.textContent]));
      if (rows()[0].dataset.id === first) return;
      const top = rows()[0];
      list.scrollTop = 0;
      while (rows()[0] === top) await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  }, spoken[0].id);
  const shown = history.map(({ id }) => seen.get(id));
  assert.deepEqual(shown, history.map(({ body }) => body), 'both sides show the same');
  assert.equal(seen.size, history.length);
});
