/** What is new: the divider, the counts, and the marks that clear them, on every tab and device alike. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, launch, onBoth, phone, shows, visitor } from './chromium.mjs';
import { giveName, isListening, join, LINK, painted, part, row, say, visit } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

const BADGE = (room) => `${LINK(room)} ${part('badge')}`;

/** The rows and lines of the list, each in a word. */
const lines = (page) =>
  page.locator(`${part('message')}, ${part('unread-line')}`).evaluateAll((all) =>
    all.map((line) => (line.dataset.testid === 'unread-line' ? '---' : line.querySelector('.said').firstElementChild.textContent)),
  );

const showsLines = (page, expected) => eventually(() => lines(page), (found) => JSON.stringify(found) === JSON.stringify(expected));

/** Another window lies over this one, or it is in front again. */
const setVisible = (page, visible) =>
  page.evaluate((visible) => {
    Object.defineProperty(document, 'visibilityState', { value: visible ? 'visible' : 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, visible);
/** The keyboard goes to another window, which leaves this one in view, or comes back. */
const setFocused = (page, focused) =>
  page.evaluate((focused) => {
    document.hasFocus = () => focused;
    dispatchEvent(new Event(focused ? 'focus' : 'blur'));
  }, focused);

/** Ann, who has been in two rooms and is in the lobby now, and Ben, who talks from elsewhere. */
async function twoRooms(t, options) {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby', 'garden');
  await server.say('garden', 'before', ben);
  const ann = await join(t, browser, `${server.url}/rooms/garden`, 'Ann', options);
  await row(ann, 'before', 'sent');
  await ann.goto(`${server.url}/rooms/lobby`);
  await isListening(ann);
  await ann.locator(LINK('garden')).waitFor({ state: 'attached' });
  return { server, ann, ben };
}

/** What to send to be whoever sits before a page. */
async function as(page) {
  const [{ name, value }] = await page.context().cookies();
  return { cookie: `${name}=${value}` };
}

onBoth('a divider stands above the first that is new from somebody else, and stays there', async (t, options) => {
  const { server, ann, ben } = await twoRooms(t, options);
  // One's own from another device is nothing new to oneself.
  await server.say('garden', 'mine, from a terminal', await as(ann));
  await server.say('garden', 'new one', ben);
  await server.say('garden', 'new two', ben);
  await shows(ann, BADGE('garden'), ['22 unread']);
  await visit(ann, 'garden');
  await showsLines(ann, ['before', 'mine, from a terminal', '---', 'new one', 'new two']);
  await shows(ann, BADGE('garden'), []);
  await server.say('garden', 'newer', ben);
  await say(ann, 'an answer');
  await showsLines(ann, ['before', 'mine, from a terminal', '---', 'new one', 'new two', 'newer', 'an answer']);

  await visit(ann, 'lobby');
  await visit(ann, 'garden');
  await row(ann, 'an answer', 'sent');
  await painted(ann);
  assert.deepEqual(await lines(ann), ['before', 'mine, from a terminal', 'new one', 'new two', 'newer', 'an answer'], 'nothing is new any more');
});

onBoth('whoever comes for the first time sees no divider', async (t, options) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  await server.say('lobby', 'old', ben);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  await row(ann, 'old', 'sent');
  // By the time that one's own has been sent, whatever there was to come has come.
  await say(ann, 'mine');
  await row(ann, 'mine', 'sent');
  await painted(ann);
  assert.deepEqual(await lines(ann), ['old', 'mine']);
});

for (const [way, set] of Object.entries({ 'is hidden': setVisible, 'has not the keyboard': setFocused })) {
  onBoth(`while the page ${way} nothing is read; the divider comes with the look, and reactions draw none`, async (t, options) => {
    const { server, ann, ben } = await twoRooms(t, options);
    const first = await server.say('lobby', 'seen', ben);
    await row(ann, 'seen', 'sent');
    await set(ann, false);
    await server.say('lobby', 'unseen', ben);
    await row(ann, 'unseen', 'sent');
    await shows(ann, BADGE('lobby'), ['11 unread']);
    assert.match(await ann.title(), /^\(1\) /);
    assert.deepEqual(await lines(ann), ['seen', 'unseen'], 'not while nobody looks');
    await set(ann, true);
    await showsLines(ann, ['seen', '---', 'unseen']);
    await shows(ann, BADGE('lobby'), []);

    await visit(ann, 'garden');
    await visit(ann, 'lobby');
    await set(ann, false);
    await server.ask('PUT', `/rooms/lobby/${first.id}/reactions/${encodeURIComponent('👍')}`, undefined, ben);
    await ann.locator(part('message'), { hasText: '👍' }).waitFor();
    await set(ann, true);
    await painted(ann);
    assert.deepEqual(await lines(ann), ['seen', 'unseen']);
  });
}

test('what is read in one tab is read in the other and on the phone; title, icon and list agree', async (t) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby', 'garden');
  const countBadge = () => (navigator.setAppBadge = async (count) => void (window.appBadge = count));
  const { context } = await visitor(t, browser);
  await context.addInitScript(countBadge);
  const desk = await context.newPage();
  await desk.goto(`${server.url}/rooms/garden`);
  await giveName(desk, 'Ann');
  await desk.goto(`${server.url}/rooms/lobby`);
  await isListening(desk);
  const [cookie] = await context.cookies();
  const { context: pocket } = await visitor(t, browser, { viewport: phone, hasTouch: true, isMobile: true });
  await pocket.addCookies([cookie]);
  await pocket.addInitScript(countBadge);
  const mobile = await pocket.newPage();
  await mobile.goto(`${server.url}/rooms/lobby`);
  await isListening(mobile);

  await server.say('garden', 'hello', ben);
  await server.say('garden', 'is anybody there?', ben);
  await shows(desk, BADGE('garden'), ['22 unread']);
  await mobile.locator(part('asks-elsewhere')).waitFor();
  // Which comes with the first of the two.
  await eventually(() => mobile.title(), (title) => title.startsWith('(2) '));
  const icon = (page) => page.getAttribute('link[rel=icon]', 'href');
  for (const page of [desk, mobile]) {
    assert.match(await page.title(), /^\(2\) #lobby/);
    assert.match(await icon(page), /news/);
    assert.equal(await page.evaluate(() => window.appBadge), 2);
  }

  const other = await context.newPage();
  await other.goto(`${server.url}/rooms/garden`);
  await row(other, 'is anybody there?', 'sent');
  await shows(desk, BADGE('garden'), []);
  await mobile.locator(part('asks-elsewhere')).waitFor({ state: 'detached' });
  for (const page of [desk, mobile]) {
    assert.match(await page.title(), /^#lobby/);
    assert.doesNotMatch(await icon(page), /news/);
    assert.equal(await page.evaluate(() => window.appBadge), 0);
  }
});

onBoth('a mark only moves forward, no more than one is written in two seconds, and what is missing when the page goes', async (t, options) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  for (let index = 0; index < 120; index += 1) await server.say('lobby', `${index}: ${'words '.repeat(30)}`, ben);
  const { context } = await visitor(t, browser, options);
  const ann = await context.newPage();
  // The wait between two marks is over when the test says so.
  await ann.addInitScript(() => {
    const { setTimeout } = window;
    window.pauses = [];
    window.setTimeout = (work, wait, ...rest) => (wait === 2_000 ? -window.pauses.push(work) : setTimeout(work, wait, ...rest));
  });
  await ann.goto(`${server.url}/rooms/lobby`);
  const marks = [];
  ann.on('request', (request) => {
    if (request.method() !== 'PATCH' || !request.url().endsWith('/rooms/lobby/me')) return;
    // Without a mark it only asks for the counts, as when the list of rooms comes later than what was said meanwhile.
    const { read } = request.postDataJSON();
    if (read !== undefined) marks.push(read);
  });
  const pauseIsOver = () => ann.evaluate(() => window.pauses.splice(0).forEach((work) => work()));
  const hears = async (words) => {
    const { id } = await server.say('lobby', words, ben);
    await ann.locator(`[data-id="${id}"]`).waitFor();
    await painted(ann);
    return id;
  };
  await giveName(ann, 'Ann');
  await row(ann, '119: ', 'sent');
  await pauseIsOver();
  const one = await hears('one');
  await eventually(() => marks.at(-1), (read) => read === one);
  const two = await hears('two');
  const three = await hears('three');
  assert.equal(marks.at(-1), one, 'not yet');
  await pauseIsOver();
  await eventually(() => marks.at(-1), (read) => read === three);
  assert.ok(!marks.includes(two), 'the last word counts');

  // Up in history nothing is read, and nothing unread.
  await pauseIsOver();
  await ann.locator(part('messages')).evaluate((list) => (list.scrollTop = 0));
  await ann.locator(part('message'), { hasText: '60: ' }).first().waitFor();
  await pauseIsOver();
  assert.equal(marks.at(-1), three);
  const below = await server.say('lobby', 'below', ben);
  await ann.locator(part('jump')).filter({ hasText: '1 new' }).waitFor();
  await ann.click(part('jump'));
  await eventually(() => marks.at(-1), (read) => read === below.id);
  const numbers = marks.map((read) => Number(read.split('-')[1]));
  assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b), 'never backward');

  // The page goes, and does not wait.
  const last = await hears('the last');
  assert.notEqual(marks.at(-1), last);
  await ann.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    dispatchEvent(new PageTransitionEvent('pagehide'));
  });
  await eventually(() => marks.at(-1), (read) => read === last);
});

onBoth('a mark that is lost goes when the line is back', async (t, options) => {
  const { server, ann, ben } = await twoRooms(t, options);
  await ann.route('**/rooms/lobby/me', (route) => route.abort());
  const failed = ann.waitForEvent('requestfailed', (request) => request.url().endsWith('/rooms/lobby/me'));
  const said = await server.say('lobby', 'read here', ben);
  await row(ann, 'read here', 'sent');
  await failed;
  await ann.unroute('**/rooms/lobby/me');
  await server.kill();
  await server.restart();
  const mine = await as(ann);
  await eventually(
    async () => (await server.ask('GET', '/me/rooms', undefined, mine)).rooms.find(({ name }) => name === 'lobby').me.read,
    (read) => read === said.id,
  );
});
