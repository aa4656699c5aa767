/** What is new: the divider, the counts, and the marks that clear them, on every tab and device alike. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, launch, phone, shows, visitor } from './chromium.mjs';
import { giveName, isListening, join, part, row, say, visit } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

const LINK = (room) => `${part('room-link')}[data-room="${room}"]`;
const BADGE = (room) => `${LINK(room)} ${part('badge')}`;

/** The rows and lines of the list, each in a word. */
const lines = (page) =>
  page.locator(`${part('message')}, ${part('unread-line')}`).evaluateAll((all) =>
    all.map((line) => (line.dataset.testid === 'unread-line' ? '---' : line.querySelector('.said').firstElementChild.textContent)),
  );

const showsLines = (page, expected) => eventually(() => lines(page), (found) => JSON.stringify(found) === JSON.stringify(expected));

/** As if another window lay over this one, or it were in front again. */
const hide = (page) => setVisible(page, false);
const show = (page) => setVisible(page, true);
const setVisible = (page, visible) =>
  page.evaluate((visible) => {
    Object.defineProperty(document, 'visibilityState', { value: visible ? 'visible' : 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, visible);

/** Ann, who has been in two rooms and is in the lobby now, and Ben, who talks from elsewhere. */
async function twoRooms(t) {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby', 'garden');
  await server.say('garden', 'before', ben);
  const ann = await join(t, browser, `${server.url}/rooms/garden`, 'Ann');
  await row(ann, 'before', 'sent');
  await ann.goto(`${server.url}/rooms/lobby`);
  await isListening(ann);
  await ann.locator(LINK('garden')).waitFor();
  return { server, ann, ben };
}

test('a divider stands above the first that is new from somebody else, and stays there', async (t) => {
  const { server, ann, ben } = await twoRooms(t);
  await server.say('garden', 'new one', ben);
  await server.say('garden', 'new two', ben);
  await shows(ann, BADGE('garden'), ['22 unread']);
  await visit(ann, 'garden');
  await showsLines(ann, ['before', '---', 'new one', 'new two']);
  await ann.locator(BADGE('garden')).waitFor({ state: 'detached' });
  await server.say('garden', 'newer', ben);
  await say(ann, 'mine');
  await row(ann, 'mine', 'sent');
  assert.deepEqual(await lines(ann), ['before', '---', 'new one', 'new two', 'newer', 'mine']);

  await visit(ann, 'lobby');
  await visit(ann, 'garden');
  await row(ann, 'mine', 'sent');
  assert.deepEqual(await lines(ann), ['before', 'new one', 'new two', 'newer', 'mine'], 'nothing is new any more');
});

test('whoever comes for the first time sees no divider', async (t) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  await server.say('lobby', 'old', ben);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  await row(ann, 'old', 'sent');
  assert.deepEqual(await lines(ann), ['old']);
});

test('while nobody looks nothing is read; the divider comes with the look, and reactions draw none', async (t) => {
  const { server, ann, ben } = await twoRooms(t);
  const first = await server.say('lobby', 'seen', ben);
  await row(ann, 'seen', 'sent');
  await hide(ann);
  await server.say('lobby', 'unseen', ben);
  await row(ann, 'unseen', 'sent');
  await shows(ann, BADGE('lobby'), ['11 unread']);
  assert.match(await ann.title(), /^\(1\) /);
  assert.deepEqual(await lines(ann), ['seen', 'unseen'], 'not while hidden');
  await show(ann);
  await showsLines(ann, ['seen', '---', 'unseen']);
  await ann.locator(BADGE('lobby')).waitFor({ state: 'detached' });

  await visit(ann, 'garden');
  await visit(ann, 'lobby');
  await hide(ann);
  await server.ask('PUT', `/rooms/lobby/${first.id}/reactions/${encodeURIComponent('👍')}`, undefined, ben);
  await ann.locator(part('message'), { hasText: '👍' }).waitFor();
  await show(ann);
  assert.deepEqual(await lines(ann), ['seen', 'unseen']);
});

test('what is read in one tab is read in the other and on the phone; title, icon and list agree', async (t) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby', 'garden');
  const { context } = await visitor(t, browser);
  const desk = await context.newPage();
  await desk.addInitScript(() => (navigator.setAppBadge = async (count) => void (window.appBadge = count)));
  await desk.goto(`${server.url}/rooms/garden`);
  await giveName(desk, 'Ann');
  await desk.goto(`${server.url}/rooms/lobby`);
  await isListening(desk);
  const [cookie] = await context.cookies();
  const { context: pocket } = await visitor(t, browser, { viewport: phone });
  await pocket.addCookies([cookie]);
  const mobile = await pocket.newPage();
  await mobile.goto(`${server.url}/rooms/lobby`);
  await isListening(mobile);

  await server.say('garden', 'hello', ben);
  await server.say('garden', 'is anybody there?', ben);
  await shows(desk, BADGE('garden'), ['22 unread']);
  await mobile.locator(part('asks-elsewhere')).waitFor();
  const icon = () => desk.getAttribute('link[rel=icon]', 'href');
  assert.match(await desk.title(), /^\(2\) #lobby/);
  assert.match(await icon(), /news/);
  assert.equal(await desk.evaluate(() => window.appBadge), 2);

  const other = await context.newPage();
  await other.goto(`${server.url}/rooms/garden`);
  await row(other, 'is anybody there?', 'sent');
  const read = Date.now();
  await desk.locator(BADGE('garden')).waitFor({ state: 'detached' });
  await mobile.locator(part('asks-elsewhere')).waitFor({ state: 'detached' });
  assert.ok(Date.now() - read < 1_000, 'within a second');
  assert.match(await desk.title(), /^#lobby/);
  assert.doesNotMatch(await icon(), /news/);
  assert.equal(await desk.evaluate(() => window.appBadge), 0);
});

test('a mark only moves forward, and no more than one is written in two seconds', async (t) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  for (let index = 0; index < 120; index += 1) await server.say('lobby', `${index}: ${'words '.repeat(30)}`, ben);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  const marks = [];
  ann.on('request', (request) => {
    if (request.method() === 'PATCH' && request.url().endsWith('/rooms/lobby/me')) {
      marks.push({ request, read: request.postDataJSON().read });
    }
  });
  await row(ann, '119: ', 'sent');
  const last = await server.say('lobby', 'the last', ben);
  await row(ann, 'the last', 'sent');
  await eventually(() => marks.at(-1)?.read, (read) => read === last.id);
  await ann.locator(part('messages')).evaluate((list) => (list.scrollTop = 0));
  await ann.locator(part('message'), { hasText: '60: ' }).first().waitFor();
  const newest = await server.say('lobby', 'below', ben);
  await ann.click(part('jump'));
  await eventually(() => marks.at(-1)?.read, (read) => read === newest.id);
  const numbers = marks.map(({ read }) => Number(read.split('-')[1]));
  assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b), 'never backward');
  // By the browser's clock, which the driver tells once there is an answer; what a busy browser takes to send one may
  // differ by half a second.
  await Promise.all(marks.map(({ request }) => request.response()));
  const times = marks.map(({ request }) => request.timing().startTime);
  for (const [index, at] of times.entries()) {
    if (index > 0) assert.ok(at - times[index - 1] > 1_500, `${at - times[index - 1]} ms after the one before`);
  }
});
