/** Connections that are lost: nothing that was said or written is lost with them, and nothing is doubled. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch, phone, visitor } from './chromium.mjs';
import { giveName, isListening, join, part, row, SAID, say, showsRows } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

const bodies = async (server) => (await server.history('lobby')).map(({ body }) => body);
const sent = (words) => words.map((word) => `sent: ${word}`);

test('a server that is killed and comes back: nothing is lost or doubled', async (t) => {
  const server = await Server.start(t);
  const room = `${server.url}/rooms/lobby`;
  const [ann, ben] = await Promise.all([join(t, browser, room, 'Ann'), join(t, browser, room, 'Ben', { viewport: phone })]);
  await say(ann, 'before');
  await row(ben, 'before', 'sent');

  await server.kill();
  await say(ben, 'written while it was away');
  await row(ben, 'written while it was away', 'waiting');
  await server.restart();
  const missed = Array.from({ length: 20 }, (_, index) => `missed ${index}`);
  for (const words of missed) await server.say('lobby', words);
  await row(ben, 'written while it was away', 'sent');
  await row(ann, 'written while it was away', 'sent');
  await say(ann, 'after');
  await row(ben, 'after', 'sent');

  const order = await bodies(server);
  assert.deepEqual(order.toSorted(), ['after', 'before', 'written while it was away', ...missed].toSorted());
  for (const page of [ann, ben]) await showsRows(page, sent(order));
});

test('what is written offline waits, and goes in order when the connection is back', async (t) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  await ann.context().setOffline(true);
  await say(ann, 'one');
  await say(ann, 'two');
  await showsRows(ann, ['waiting: one', 'waiting: two']);
  await server.say('lobby', 'meanwhile');
  await ann.context().setOffline(false);
  await showsRows(ann, sent(['meanwhile', 'one', 'two']));
  assert.deepEqual(await bodies(server), ['meanwhile', 'one', 'two']);
});

test('what waits survives a reload', async (t) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  const isPost = (request) => request.method() === 'POST';
  await ann.route('**/rooms/lobby', (route) => (isPost(route.request()) ? route.abort() : route.continue()));
  await say(ann, 'one');
  await say(ann, 'two');
  await showsRows(ann, ['waiting: one', 'waiting: two']);
  await ann.fill(part('composer'), 'a draft');
  await ann.reload();
  await isListening(ann);
  await showsRows(ann, ['waiting: one', 'waiting: two']);
  assert.equal(await ann.inputValue(part('composer')), 'a draft');
  await ann.unroute('**/rooms/lobby');
  await showsRows(ann, sent(['one', 'two']));
  assert.deepEqual(await bodies(server), ['one', 'two']);
});

test('an answer that is lost does not double what was stored', async (t) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  // Nor does the broadcast tell that it was stored.
  await server.say('lobby', 'first');
  await showsRows(ann, ['sent: first']);
  let lost = 0;
  await ann.route('**/rooms/lobby', async (route) => {
    if (route.request().method() !== 'POST' || lost > 1) return route.continue();
    lost += 1;
    await route.fetch();
    await route.abort();
  });
  await say(ann, 'second');
  await say(ann, 'third');
  await showsRows(ann, sent(['first', 'second', 'third']));
  assert.deepEqual(await bodies(server), ['first', 'second', 'third']);
  assert.equal(lost, 2);
});

test('a loss that lasts is told, and the page goes on by itself', async (t) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  await server.kill();
  await ann.locator(part('banner')).waitFor();
  assert.ok(await ann.isEnabled(part('composer')));
  await server.restart();
  await ann.click(part('try-now'));
  await ann.locator(part('banner')).waitFor({ state: 'detached' });
  await server.say('lobby', 'back');
  await showsRows(ann, ['sent: back']);
});

test('a server of which an older copy was put back: what is gone there goes here, and the rest stays', async (t) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  await say(ann, 'kept');
  await row(ann, 'kept', 'sent');
  await server.kill();
  const putBack = await server.copy();
  await server.restart();
  await server.say('lobby', 'lost');
  await showsRows(ann, sent(['kept', 'lost']));
  await server.kill();
  await putBack();
  await server.restart();
  await showsRows(ann, sent(['kept']));
  await say(ann, 'after');
  await showsRows(ann, sent(['kept', 'after']));
  assert.deepEqual(await bodies(server), ['kept', 'after']);
});

test('a short loss is not told at all', async (t) => {
  const server = await Server.start(t);
  const { context } = await visitor(t, browser);
  const page = await context.newPage();
  await page.clock.install();
  await page.goto(`${server.url}/rooms/lobby`);
  await giveName(page, 'Ann');
  await server.kill();
  await page.clock.runFor(4_900);
  assert.equal(await page.locator(part('banner')).count(), 0);
  await page.clock.runFor(200);
  await page.locator(part('banner')).waitFor();
});

/** The page notices nothing by itself: its waits are as long as the test likes. */
const holdTimers = (page) =>
  page.addInitScript(() => {
    const { setTimeout } = window;
    window.setTimeout = (work, wait, ...rest) => setTimeout(work, wait > 400 && window.isLost ? 600_000 : wait, ...rest);
  });

for (const [name, wake] of Object.entries({
  'the network is back': () => dispatchEvent(new Event('online')),
  'somebody looks': () => document.dispatchEvent(new Event('visibilitychange')),
  'the page comes out of the cache': () => dispatchEvent(new Event('pageshow')),
})) {
  test(`when ${name}, the line is tried at once`, async (t) => {
    const server = await Server.start(t);
    const { context } = await visitor(t, browser);
    const page = await context.newPage();
    await holdTimers(page);
    await page.goto(`${server.url}/rooms/lobby`);
    await giveName(page, 'Ann');
    await page.evaluate(() => (window.isLost = true));
    await server.kill();
    await say(page, 'waiting');
    await row(page, 'waiting', 'waiting');
    await server.restart();
    await server.say('lobby', 'meanwhile');
    // From now on timers run again; those that wait already do not.
    await page.evaluate(() => (window.isLost = false));
    await page.evaluate(wake);
    await showsRows(page, sent(['meanwhile', 'waiting']));
  });
}

test('after a thousand missed messages the newest are there, and the rest can be read', async (t) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  const ben = await server.member('Ben', 'lobby');
  const spoken = [];
  for (const words of ['stays', 'changes', 'goes']) spoken.push(await server.say('lobby', words, ben));
  await showsRows(ann, sent(['stays', 'changes', 'goes']));
  await ann.context().setOffline(true);
  for (let from = 0; from < 1000; from += 50) {
    const said = await Promise.all(Array.from({ length: 50 }, () => server.say('lobby', 'missed', ben)));
    if (from === 900) spoken.push(...said);
  }
  const change = ({ id }) => server.ask('PATCH', `/rooms/lobby/${id}`, { body: 'changed' }, ben);
  const drop = ({ id }) => server.ask('DELETE', `/rooms/lobby/${id}`, undefined, ben);
  await Promise.all([change(spoken[1]), drop(spoken[2]), change(spoken[10]), drop(spoken[11])]);
  await server.say('lobby', 'the last', ben);
  await ann.context().setOffline(false);
  await row(ann, 'the last', 'sent');
  const ids = await ann.locator(part('message')).evaluateAll((rows) => rows.map((row) => row.dataset.id));
  assert.equal(new Set(ids).size, ids.length, 'none is there twice');
  const history = (await server.history('lobby')).map(({ id }) => id);
  assert.deepEqual(ids, history.slice(-ids.length), 'and none is missing');
  assert.ok(ids.length < 320, `${ids.length} rows are kept`);
  assert.ok(!ids.includes(spoken[11].id));
  await ann.locator(`[data-id="${spoken[10].id}"]`, { hasText: 'changed' }).waitFor({ state: 'attached' });

  // Up to the oldest: nothing is missing there either, and what changed has changed.
  await ann.locator(part('messages')).evaluate(async (list, first) => {
    while (!list.querySelector(`[data-id="${first}"]`)) {
      list.scrollTop = 0;
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  }, spoken[0].id);
  const oldest = await ann.locator(SAID).evaluateAll((said) => said.slice(0, 3).map(({ firstElementChild }) => firstElementChild.textContent));
  assert.deepEqual(oldest, ['stays', 'changed', 'missed']);
});
