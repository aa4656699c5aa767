/** What asks for attention: how much a room may, by its level; what mentions do; and who has read what one said. */
import assert from 'node:assert/strict';
import { eventually, launch, onBoth, shows } from './chromium.mjs';
import { isListening, join, LINK, part, row, say, showRooms, visit } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

const BADGE = (room) => `${LINK(room)} ${part('badge')}`;
const QUIET = (room) => `${LINK(room)} ${part('quiet')}`;
const rooms = (page) => page.locator(part('room-link')).evaluateAll((links) => links.map(({ dataset }) => dataset.room));

/** Ann, who has been in these rooms and is in the lobby now, and Ben, who is in all of them. */
async function inRooms(t, options, ...names) {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby', ...names);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  const [{ name, value }] = await ann.context().cookies();
  const mine = { cookie: `${name}=${value}` };
  for (const room of names) await server.ask('PUT', `/rooms/${room}/people/me`, {}, mine);
  for (const room of names) await ann.locator(LINK(room)).waitFor({ state: 'attached' });
  return { server, ben, ann, mine };
}

onBoth('what is unread comes first, and a number says how much, up to 99+', async (t, options) => {
  const { server, ben, ann } = await inRooms(t, options, 'attic', 'garden', 'kitchen');
  assert.deepEqual(await rooms(ann), ['attic', 'garden', 'kitchen', 'lobby']);
  await server.say('kitchen', 'cake', ben);
  await shows(ann, BADGE('kitchen'), ['11 unread']);
  assert.deepEqual(await rooms(ann), ['kitchen', 'attic', 'garden', 'lobby']);
  await Promise.all(Array.from({ length: 99 }, (_, index) => server.say('garden', `${index}`, ben)));
  await shows(ann, BADGE('garden'), ['9999 unread']);
  await server.say('garden', 'one more', ben);
  await shows(ann, BADGE('garden'), ['99+99+ unread']);
  assert.match(await ann.title(), /^\(99\+\) /);
  await visit(ann, 'garden');
  await shows(ann, BADGE('garden'), []);
  await eventually(() => ann.title(), (title) => title.startsWith('(1) '));
});

onBoth('of a room on mentions only a mention asks, and the rest is a dot; of a hidden one nothing is seen but that', async (t, options) => {
  const { server, ben, ann } = await inRooms(t, options, 'garden', 'kitchen');
  for (const [room, level] of [['garden', 'mentions'], ['kitchen', 'hidden']]) {
    await visit(ann, room);
    await isListening(ann);
    await ann.click(part('room-settings'));
    await ann.selectOption(part('level'), level);
    await ann.keyboard.press('Escape');
    await ann.locator(part('room-form')).waitFor({ state: 'detached' });
  }
  await visit(ann, 'lobby');
  await eventually(() => rooms(ann), (found) => found.join() === 'garden,lobby');

  await server.say('garden', 'to nobody', ben);
  await ann.locator(QUIET('garden')).waitFor({ state: 'attached' });
  await shows(ann, BADGE('garden'), []);
  assert.doesNotMatch(await ann.title(), /\(/, 'it asks for nothing');
  await server.say('garden', 'and you, @Ann?', ben);
  await shows(ann, BADGE('garden'), ['11 unread']);
  assert.equal(await ann.locator(QUIET('garden')).count(), 0);
  assert.match(await ann.locator(BADGE('garden')).getAttribute('class'), /mentions/);
  assert.match(await ann.title(), /^\(1\) /);

  await server.say('kitchen', 'to nobody', ben);
  await server.say('lobby', 'after it', ben);
  await row(ann, 'after it', 'sent');
  assert.deepEqual(await rooms(ann), ['garden', 'lobby']);
  await server.say('kitchen', '@Ann, cake!', ben);
  await ann.locator(LINK('kitchen')).waitFor({ state: 'attached' });
  await visit(ann, 'kitchen');
  await visit(ann, 'lobby');
  await eventually(() => rooms(ann), (found) => !found.includes('kitchen'));
});

onBoth('one sees that it is sent, and who has read it', async (t, options) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  const ben = await join(t, browser, `${server.url}/rooms/garden`, 'Ben');
  await ben.goto(`${server.url}/rooms/lobby`);
  await isListening(ben);
  await showRooms(ben);
  await visit(ben, 'garden');
  await say(ann, 'first');
  await row(ann, 'first', 'sent');
  await say(ann, 'second');
  await row(ann, 'second', 'sent');
  const tick = ann.locator(`${part('message')} .mark`);
  await eventually(() => tick.count(), (count) => count === 1);
  await ann.locator(part('message')).filter({ hasText: 'second' }).locator('.mark').waitFor();
  assert.equal(await tick.getAttribute('title'), 'Sent');
  assert.equal(await ann.locator(part('read-by')).count(), 0);
  await visit(ben, 'lobby');
  await row(ben, 'second', 'sent');
  await ann.locator(part('message')).filter({ hasText: 'second' }).locator(part('read-by')).waitFor();
  assert.equal(await ann.getAttribute(part('read-by'), 'title'), 'Read by Ben');
  assert.equal(await ann.locator(`${part('read-by')} .face`).count(), 1);
});
