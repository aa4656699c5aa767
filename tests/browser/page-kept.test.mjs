/** What a browser keeps: drafts, the last room, what was read; and who one is, for as long as the server agrees. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, launch, open, visitor } from './chromium.mjs';
import { giveName, isListening, join, part, row, say, showsRows } from './page.mjs';
import { Server } from './server.mjs';

/** An address that is not this machine's own: what came from there over plain HTTP is kept from locks and the like. */
const ELSEWHERE = '192.0.2.1';

const browser = await launch({ flags: [`--host-resolver-rules=MAP ${ELSEWHERE} 127.0.0.1`] });

const draft = (page) => page.inputValue(part('composer'));
const visit = async (page, room) => {
  await page.click(`${part('room-link')}[data-room="${room}"]`);
  await page.locator(`${part('room')}[data-room="${room}"]`).waitFor();
};

test('each room has a draft, which survives leaving the room and reloading; two tabs share none', async (t) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/garden`, 'Ann');
  await ann.goto(`${server.url}/rooms/lobby`);
  await isListening(ann);
  await ann.fill(part('composer'), 'half a thought');
  await visit(ann, 'garden');
  assert.equal(await draft(ann), '');
  await ann.fill(part('composer'), 'another');
  const other = await ann.context().newPage();
  await other.goto(`${server.url}/rooms/garden`);
  await isListening(other);
  assert.equal(await draft(other), '');
  await other.fill(part('composer'), 'in the other tab');
  await visit(ann, 'lobby');
  assert.equal(await draft(ann), 'half a thought');
  await ann.reload();
  await isListening(ann);
  assert.equal(await draft(ann), 'half a thought');
  await visit(ann, 'garden');
  assert.equal(await draft(ann), 'another');
});

test('an address without a room leads to the last one of this device', async (t) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/garden`, 'Ann');
  await ann.goto(server.url);
  await isListening(ann);
  assert.equal(await ann.getAttribute(part('room'), 'data-room'), 'garden');
});

test('whom the server does not know any more is asked again, and comes to where they wanted to go', async (t) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  await say(ann, 'hello');
  await row(ann, 'hello', 'sent');
  // As if the session had run out while the page was open.
  await ann.context().clearCookies();
  await ann.evaluate((path) => {
    history.pushState(null, '', path);
    dispatchEvent(new PopStateEvent('popstate'));
  }, '/rooms/garden');
  await ann.locator(part('name-card')).waitFor();
  await giveName(ann, 'Anna');
  assert.equal(await ann.getAttribute(part('room'), 'data-room'), 'garden');
  assert.equal(new URL(ann.url()).pathname, '/rooms/garden');

  await ann.context().clearCookies();
  await ann.goto(`${server.url}/rooms/lobby`);
  await giveName(ann, 'Annabel');
  await showsRows(ann, ['sent: hello']);
  assert.equal(await ann.getAttribute(part('room'), 'data-room'), 'lobby');
});

test('a room that was read is there at once when it is opened again, and then as it is now', async (t) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  const first = await server.say('lobby', 'read before', ben);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  await row(ann, 'read before', 'sent');
  await ann.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
  await keptRooms(ann, 1);

  let letGo;
  const held = new Promise((resolve) => (letGo = resolve));
  for (const pattern of ['**/me', '**/me/rooms', '**/rooms/lobby?*']) {
    await ann.route(pattern, async (route) => {
      await held;
      await route.continue();
    });
  }
  await server.ask('PATCH', `/rooms/lobby/${first.id}`, { body: 'edited since' }, ben);
  await server.say('lobby', 'and more', ben);
  await ann.reload();
  await showsRows(ann, ['sent: read before']);
  await say(ann, 'written meanwhile');
  await showsRows(ann, ['sent: read before', 'waiting: written meanwhile']);
  letGo();
  await showsRows(ann, ['sent: edited since', 'sent: and more', 'sent: written meanwhile']);
});

test('nothing of whoever signs out stays in the browser', async (t) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  await say(ann, 'mine');
  await row(ann, 'mine', 'sent');
  await keptRooms(ann, 1);
  await ann.fill(part('composer'), 'a secret draft');
  await ann.click(part('open-settings'));
  await ann.click(part('tab-devices'));
  await ann.click(part('sign-out'));
  await ann.locator(part('name-card')).waitFor();
  const left = await ann.evaluate(async () => ({
    databases: (await indexedDB.databases()).map(({ name }) => name),
    drafts: Object.keys(sessionStorage).filter((name) => name.includes('draft')),
    person: localStorage.getItem('openline.person'),
  }));
  assert.deepEqual(left, { databases: [], drafts: [], person: null });
});

test('by plain HTTP from another machine, where browsers hold much back, all of it works', async (t) => {
  const server = await Server.start(t);
  const url = server.url.replace('127.0.0.1', ELSEWHERE);
  const ann = await open(t, browser, `${url}/rooms/lobby`);
  assert.equal(await ann.evaluate(() => isSecureContext || 'locks' in navigator), false);
  await giveName(ann, 'Ann');
  const other = await ann.context().newPage();
  await other.goto(`${url}/rooms/lobby`);
  await isListening(other);
  await ann.bringToFront();
  await ann.context().setOffline(true);
  await say(ann, 'one');
  await say(ann, 'two');
  await showsRows(other, ['waiting: one', 'waiting: two']);
  await ann.context().setOffline(false);
  for (const page of [ann, other]) await showsRows(page, ['sent: one', 'sent: two']);
  assert.deepEqual((await server.history('lobby')).map(({ body }) => body), ['one', 'two']);
  await ann.reload();
  await showsRows(ann, ['sent: one', 'sent: two']);
});

test('of two tabs with the same words to send one sends them', async (t) => {
  const server = await Server.start(t);
  const { context } = await visitor(t, browser);
  const ann = await context.newPage();
  await ann.goto(`${server.url}/rooms/lobby`);
  await giveName(ann, 'Ann');
  const other = await context.newPage();
  await other.goto(`${server.url}/rooms/lobby`);
  await isListening(other);
  // A tab behind another is painted once a second, and waiting for its buttons would take as long.
  await ann.bringToFront();
  await context.setOffline(true);
  const words = Array.from({ length: 10 }, (_, index) => `word ${index}`);
  for (const word of words) await say(ann, word);
  await showsRows(other, words.map((word) => `waiting: ${word}`));
  let posts = 0;
  context.on('request', (request) => (posts += request.method() === 'POST' ? 1 : 0));
  await context.setOffline(false);
  for (const page of [ann, other]) await showsRows(page, words.map((word) => `sent: ${word}`));
  assert.equal(posts, words.length);
});

/** Waits until so many rooms are kept. */
function keptRooms(page, many) {
  const count = () =>
    page.evaluate(
      () =>
        new Promise((resolve) => {
          const opening = indexedDB.open(`openline ${localStorage.getItem('openline.person')}`);
          opening.onsuccess = () => {
            const counting = opening.result.transaction('rooms').objectStore('rooms').count();
            counting.onsuccess = () => {
              opening.result.close();
              resolve(counting.result);
            };
          };
        }),
    );
  return eventually(count, (rooms) => rooms === many);
}

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
