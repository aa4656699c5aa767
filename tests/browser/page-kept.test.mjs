/** What a browser keeps: drafts, the last room, what was read; and who one is, for as long as the server agrees. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, goOffline, launch, onBoth, open, stopClock, visitor } from './chromium.mjs';
import { giveName, isListening, join, keeps, part, row, say, showRooms, showsRows, travel, visit } from './page.mjs';
import { Server } from './server.mjs';

/** An address that is not this machine's own: what came from there over plain HTTP is kept from locks and the like. */
const ELSEWHERE = '192.0.2.1';

const browser = await launch({ flags: [`--host-resolver-rules=MAP ${ELSEWHERE} 127.0.0.1`] });

const draft = (page) => page.inputValue(part('composer'));

onBoth('each room has a draft, which survives leaving the room and reloading; two tabs share none', async (t, options) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/garden`, 'Ann', options);
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

onBoth('an address without a room leads to the last one of this device', async (t, options) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/garden`, 'Ann', options);
  await ann.waitForFunction(() => localStorage.getItem('openline.room') === 'garden');
  await ann.goto(server.url);
  await isListening(ann);
  assert.equal(await ann.getAttribute(part('room'), 'data-room'), 'garden');
});

onBoth('whom the server does not know any more is asked again, and comes to where they wanted to go', async (t, options) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  await say(ann, 'hello');
  await row(ann, 'hello', 'sent');
  // As if the session had run out while the page was open.
  await ann.context().clearCookies();
  await ann.fill(part('composer'), 'a secret of Ann');
  await travel(ann, '/rooms/garden');
  await ann.locator(part('name-card')).waitFor();
  await giveName(ann, 'Anna');
  assert.equal(await ann.getAttribute(part('room'), 'data-room'), 'garden');
  assert.equal(new URL(ann.url()).pathname, '/rooms/garden');

  await ann.context().clearCookies();
  await ann.goto(`${server.url}/rooms/lobby`);
  await giveName(ann, 'Annabel');
  await showsRows(ann, ['sent: hello']);
  assert.equal(await draft(ann), '', 'what somebody else has written is not theirs');
  assert.equal(await ann.getAttribute(part('room'), 'data-room'), 'lobby');
});

onBoth('a room that was read is there at once when it is opened again, and then as it is now', async (t, options) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  const first = await server.say('lobby', 'read before', ben);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  await row(ann, 'read before', 'sent');
  await ann.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
  await keeps(ann, 'rooms', 1);

  let letGo;
  const held = new Promise((resolve) => (letGo = resolve));
  for (const pattern of ['**/me', '**/me/rooms', '**/rooms/lobby?*']) {
    await ann.route(pattern, async (route) => {
      await held;
      await route.continue();
    });
  }
  // While it is away: what it hears it keeps.
  await ann.goto('about:blank');
  await server.ask('PATCH', `/rooms/lobby/${first.id}`, { body: 'edited since' }, ben);
  await server.say('lobby', 'and more', ben);
  await ann.goto(`${server.url}/rooms/lobby`);
  await showsRows(ann, ['sent: read before']);
  await say(ann, 'written meanwhile');
  await showsRows(ann, ['sent: read before', 'waiting: written meanwhile']);
  letGo();
  await showsRows(ann, ['sent: edited since', 'sent: and more', 'sent: written meanwhile']);
});

onBoth('whoever signs in comes to where they wanted to go', async (t, options) => {
  const server = await Server.start(t);
  const ann = await server.person('Ann');
  await server.ask('PUT', '/me/account', { login: 'ann', password: 'correct horse' }, ann);
  const { id } = await server.say('garden', 'come here', ann);
  const page = await open(t, browser, `${server.url}/rooms/garden/${id}`, options);
  await page.click(part('have-account'));
  await page.fill(part('login'), 'ann');
  await page.fill(part('password'), 'correct horse');
  await page.click(part('sign-in-button'));
  await isListening(page);
  await page.locator(`[data-id="${id}"]`).waitFor();
  assert.equal(new URL(page.url()).pathname, `/rooms/garden/${id}`);
});

onBoth('a room that was looked at is there at once, and one that takes long has a skeleton, after 200 ms and of the size of rows', async (t, options) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby', 'garden');
  await server.say('garden', 'in the garden', ben);
  for (const reducedMotion of ['no-preference', 'reduce']) {
    const { context } = await visitor(t, browser, { ...options, reducedMotion });
    const ann = await context.newPage();
    await ann.clock.install();
    await ann.goto(`${server.url}/rooms/garden`);
    await giveName(ann, 'Ann');
    await row(ann, 'in the garden', 'sent');
    const size = await ann.locator(part('message')).evaluate((message) => {
      const { marginTop } = getComputedStyle(message);
      return message.getBoundingClientRect().height + parseFloat(marginTop);
    });
    let letGo;
    const held = new Promise((resolve) => (letGo = resolve));
    await ann.route('**/rooms/lobby?*', async (route) => {
      await held;
      await route.continue();
    });
    await stopClock(ann);
    await travel(ann, '/rooms/lobby');
    await ann.locator(`${part('room')}[data-room="lobby"]`).waitFor();
    await ann.clock.runFor(190);
    assert.equal(await ann.locator(part('skeleton')).count(), 0);
    await ann.clock.runFor(20);
    const skeleton = ann.locator(`${part('skeleton')} p`).first();
    await skeleton.waitFor();
    assert.equal(await ann.evaluate(() => document.getAnimations().length), 0);
    const shape = await skeleton.evaluate((row) => row.getBoundingClientRect().height + parseFloat(getComputedStyle(row).marginTop));
    assert.ok(Math.abs(shape - size) <= 1, `${shape} px and ${size} px`);

    // The other is still known, and is there while the server says nothing.
    await goOffline(ann);
    await travel(ann, '/rooms/garden');
    await showsRows(ann, ['sent: in the garden']);
    await ann.context().setOffline(false);
    letGo();
    await context.close();
  }
});

onBoth('nothing of whoever signs out stays in the browser', async (t, options) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  await say(ann, 'mine');
  await row(ann, 'mine', 'sent');
  await keeps(ann, 'rooms', 1);
  await ann.fill(part('composer'), 'a secret draft');
  await showRooms(ann);
  await ann.click(part('open-settings'));
  await ann.click(part('tab-devices'));
  await ann.locator(part('session')).waitFor();
  await ann.click(part('sign-out'));
  await ann.locator(part('sign-out')).filter({ hasText: 'Something is not sent yet' }).click();
  await ann.waitForURL(`${server.url}/`);
  await ann.locator(part('name-card')).waitFor();
  // A database goes when nothing has it open any more, which may be a moment later.
  await eventually(() => ann.evaluate(() => indexedDB.databases()), (databases) => databases.length === 0);
  const left = await ann.evaluate(() => ({
    drafts: Object.keys(sessionStorage).filter((name) => name.includes('draft')),
    person: localStorage.getItem('openline.person'),
  }));
  assert.deepEqual(left, { drafts: [], person: null });
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
  await goOffline(ann);
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
  await goOffline(ann);
  const words = Array.from({ length: 10 }, (_, index) => `word ${index}`);
  for (const word of words) await say(ann, word);
  await showsRows(other, words.map((word) => `waiting: ${word}`));
  let posts = 0;
  // What is answered, not what is tried: a last attempt may fall between the listening and the way back online.
  context.on('response', (response) => (posts += response.request().method() === 'POST' ? 1 : 0));
  await context.setOffline(false);
  for (const page of [ann, other]) await showsRows(page, words.map((word) => `sent: ${word}`));
  // The broadcast of the last is here before its answer.
  await eventually(() => posts, (count) => count >= words.length);
  assert.equal(posts, words.length);
});
