/** Connections that are lost: nothing that was said or written is lost with them, and nothing is doubled. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, goOffline, launch, onBoth, open, phone, stopClock, visitor } from './chromium.mjs';
import { giveName, isListening, join, part, row, SAID, say, showRooms, showsRows } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

const bodies = async (server) => (await server.history('lobby')).map(({ body }) => body);
const sent = (words) => words.map((word) => `sent: ${word}`);

for (const [way, end] of Object.entries({ 'is killed': (server) => server.kill(), 'ends for a new version': (server) => server.stop() })) {
  test(`a server that ${way} and comes back: nothing is lost or doubled`, async (t) => {
    const server = await Server.start(t);
    const room = `${server.url}/rooms/lobby`;
    const [ann, ben] = await Promise.all([join(t, browser, room, 'Ann'), join(t, browser, room, 'Ben', { viewport: phone })]);
    await say(ann, 'before');
    await row(ben, 'before', 'sent');

    await end(server);
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
}

onBoth('a page that is older than its server, and has no worker, offers the new one instead of parts that are gone', async (t, options) => {
  const server = await Server.start(t);
  const page = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', { ...options, serviceWorkers: 'block' });
  await say(page, 'before');
  await row(page, 'before', 'sent');
  await page.fill(part('composer'), 'half a thought');
  await server.stop();
  await server.restart();
  // The new version's files have other names.
  await page.route('**/assets/**', (route) => route.fulfill({ status: 404 }));
  await server.say('lobby', 'after');
  await showsRows(page, sent(['before', 'after']));
  await showRooms(page);
  await page.click(part('open-settings'));
  await page.locator(part('not-loaded')).getByText('newer version').waitFor();
  await page.unroute('**/assets/**');
  const button = page.locator(part('not-loaded')).getByRole('button', { name: 'Load the new version' });
  await Promise.all([page.waitForEvent('load'), button.click()]);
  await isListening(page);
  await showsRows(page, sent(['before', 'after']));
  assert.equal(await page.inputValue(part('composer')), 'half a thought');
});

onBoth('what is written offline waits, and goes in order when the connection is back', async (t, options) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  await goOffline(ann);
  await say(ann, 'one');
  await say(ann, 'two');
  await showsRows(ann, ['waiting: one', 'waiting: two']);
  await server.say('lobby', 'meanwhile');
  await ann.context().setOffline(false);
  await showsRows(ann, sent(['meanwhile', 'one', 'two']));
  assert.deepEqual(await bodies(server), ['meanwhile', 'one', 'two']);
});

onBoth('what waits survives a reload', async (t, options) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
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

test('an answer that is lost, with the broadcast that tells the same, does not double what was stored', async (t) => {
  const server = await Server.start(t);
  const ann = await open(t, browser, 'about:blank');
  let isDeaf = false;
  await ann.routeWebSocket('**/stream?*', (line) => {
    line.connectToServer().onMessage((words) => {
      if (!isDeaf) line.send(words);
    });
  });
  await ann.goto(`${server.url}/rooms/lobby`);
  await giveName(ann, 'Ann');
  await server.say('lobby', 'first');
  await showsRows(ann, ['sent: first']);
  isDeaf = true;
  const lost = new Set();
  await ann.route('**/rooms/lobby', async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    const { key } = route.request().postDataJSON();
    if (lost.has(key)) return route.continue();
    lost.add(key);
    await route.fetch();
    await route.abort();
  });
  await say(ann, 'second');
  await say(ann, 'third');
  await showsRows(ann, sent(['first', 'second', 'third']));
  assert.deepEqual(await bodies(server), ['first', 'second', 'third']);
  assert.equal(lost.size, 2);
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

/** Waits until a page has heard of what its browser has told of: by the time that it answers it has. */
const knows = (page) => page.evaluate(() => {});

/** A page whose time stands still, and which notes every connection that it opens, what it hears there, and every banner. */
async function stopped(t, options, url) {
  const { context } = await visitor(t, browser, options);
  const page = await context.newPage();
  const sockets = [];
  const frames = [];
  page.on('websocket', (socket) => {
    sockets.push(socket);
    socket.on('framereceived', ({ payload }) => frames.push(payload));
  });
  // Each wait is as long as it can be.
  await page.addInitScript(() => (Math.random = () => 0.999_999));
  await page.clock.install();
  await page.goto(url);
  await giveName(page, 'Ann');
  await stopClock(page);
  await page.evaluate((selector) => {
    new MutationObserver(() => (window.sawBanner ||= document.querySelector(selector) !== null)).observe(document.body, { subtree: true, childList: true });
  }, part('banner'));
  const hears = async (words) => {
    await eventually(() => frames.some((frame) => frame.includes(words)), (isHeard) => isHeard);
    await knows(page);
  };
  return { page, sockets, hears, sawBanner: () => page.evaluate(() => window.sawBanner === true) };
}

/** Waits until somebody listens, one way or the other. */
const hasLine = (server) =>
  eventually(async () => (await server.metric('lines_websocket')) + (await server.metric('lines_sse')), (lines) => lines === 1);

/** Ends the server, and waits until the page knows. */
async function lose(server, page, socket) {
  const closed = socket.waitForEvent('close');
  await server.kill();
  await closed;
  await knows(page);
}

onBoth('a loss of less than five seconds is not told at all', async (t, options) => {
  const server = await Server.start(t);
  const { page, sockets, hears, sawBanner } = await stopped(t, options, `${server.url}/rooms/lobby`);
  await lose(server, page, sockets.at(-1));
  // The first attempt fails, the next is made a second later.
  await page.clock.runFor(600);
  await eventually(() => sockets.length === 2 && sockets[1].isClosed(), (isOver) => isOver);
  await knows(page);
  await server.restart();
  await page.clock.runFor(1_100);
  await hasLine(server);
  await server.say('lobby', 'back');
  // What time brings to the page comes while time goes on.
  await hears('back');
  await page.clock.runFor(20_000);
  await showsRows(page, sent(['back']));
  assert.equal(await sawBanner(), false);
});

onBoth('a loss of five seconds is told, with a way to try at once; one can go on writing', async (t, options) => {
  const server = await Server.start(t);
  const { page, sockets, sawBanner } = await stopped(t, options, `${server.url}/rooms/lobby`);
  await lose(server, page, sockets.at(-1));
  await page.clock.runFor(4_900);
  assert.equal(await sawBanner(), false);
  await page.clock.runFor(200);
  await page.locator(part('banner')).getByText('Reconnecting…').waitFor();
  await say(page, 'meanwhile');
  await row(page, 'meanwhile', 'waiting');
  await server.restart();
  // Time stands still: nothing but the button can bring the connection back.
  await page.click(part('try-now'));
  await hasLine(server);
  await page.locator(part('banner')).waitFor({ state: 'detached' });
  await page.clock.resume();
  await showsRows(page, sent(['meanwhile']));
});

onBoth('after an hour of sleep the line is tried at once', async (t, options) => {
  const server = await Server.start(t);
  const { context } = await visitor(t, browser, options);
  const page = await context.newPage();
  await page.clock.install();
  await page.goto(`${server.url}/rooms/lobby`);
  await giveName(page, 'Ann');
  const again = page.waitForEvent('websocket');
  // What a lid does that is closed and opened: timers that were due come once, and late.
  await page.clock.fastForward(3_600_000);
  await again;
  await server.say('lobby', 'awake');
  await showsRows(page, sent(['awake']));
});

/** The page notices nothing by itself: what waits at least as long as the shortest wait before another attempt waits on. */
const holdTimers = (page) =>
  page.addInitScript(() => {
    const { setTimeout } = window;
    window.setTimeout = (work, wait, ...rest) => setTimeout(work, wait >= 250 && window.isLost ? 600_000 : wait, ...rest);
  });

for (const [name, wake] of Object.entries({
  'the network is back': () => dispatchEvent(new Event('online')),
  'somebody looks': () => document.dispatchEvent(new Event('visibilitychange')),
  'the page comes out of the cache': () => dispatchEvent(new Event('pageshow')),
})) {
  onBoth(`when ${name}, the line is tried at once`, async (t, options) => {
    const server = await Server.start(t);
    const { context } = await visitor(t, browser, options);
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

onBoth('after a thousand missed messages the newest are there, and the rest can be read', async (t, options) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  const ben = await server.member('Ben', 'lobby');
  const spoken = [];
  for (const words of ['stays', 'changes', 'goes']) spoken.push(await server.say('lobby', words, ben));
  await showsRows(ann, sent(['stays', 'changes', 'goes']));
  await goOffline(ann);
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

onBoth('what was written more than a week ago asks before it is sent: the server does not know its key any more', async (t, options) => {
  const server = await Server.start(t);
  const { context } = await visitor(t, browser, options);
  const page = await context.newPage();
  await page.clock.install();
  await page.goto(`${server.url}/rooms/lobby`);
  await giveName(page, 'Ann');
  await goOffline(page);
  for (const words of ['first', 'second']) await say(page, words);
  await showsRows(page, ['waiting: first', 'waiting: second']);
  await page.clock.fastForward(8 * 24 * 3_600_000);
  await context.setOffline(false);
  await showsRows(page, ['old: first', 'old: second']);
  await page.locator(part('row-state')).first().getByText('Written more than a week ago').waitFor();
  await page.locator(part('delete')).first().click();
  await showsRows(page, ['old: second']);
  await page.getByRole('button', { name: 'Send now' }).click();
  await showsRows(page, sent(['second']));
  assert.deepEqual(await bodies(server), ['second']);
});
