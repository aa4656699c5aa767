/** What happens while one looks: somebody types, comes and goes, changes what they said, reacts, is called differently. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, launch, shows, visitor } from './chromium.mjs';
import { giveName, isListening, join, part, row, say, showsRows } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

/** A page whose clock a test can turn on. */
async function clocked(t, url, name) {
  const { context, faults } = await visitor(t, browser);
  const page = await context.newPage();
  page.faults = faults;
  await page.clock.install();
  await page.goto(url);
  await giveName(page, name);
  return page;
}

/** Opens the menu of a message and chooses from it. */
async function act(page, words, ...actions) {
  const message = page.locator(part('message'), { hasText: words });
  await message.hover();
  await message.locator(part('message-menu')).click();
  for (const action of actions) await page.click(part(action));
}

/** Holds all requests of a kind back until they are let go, and then gives them this answer, or the server's. */
async function hold(page, pattern, method, answer) {
  let letGo;
  let asked;
  const held = new Promise((resolve) => (letGo = resolve));
  const isAsked = new Promise((resolve) => (asked = resolve));
  await page.route(pattern, async (route) => {
    if (route.request().method() !== method) return route.fallback();
    asked();
    await held;
    return answer ? route.fulfill(answer) : route.continue();
  });
  return { isAsked, letGo };
}

const refusal = {
  status: 403,
  contentType: 'application/problem+json',
  body: JSON.stringify({ status: 403, code: 'edit-too-late', title: 'It is too late for that.' }),
};

test('who types is named, and not any more once they have said it, or have stopped', async (t) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  const cleo = await server.member('Cleo', 'lobby');
  const ann = await clocked(t, `${server.url}/rooms/lobby`, 'Ann');
  const types = (who) => server.ask('POST', '/rooms/lobby/typing', undefined, who);
  await types(ben);
  await shows(ann, part('typing'), ['Ben is typing…']);
  await server.say('lobby', 'said', ben);
  await row(ann, 'said', 'sent');
  await shows(ann, part('typing'), ['']);

  await types(cleo);
  await ann.locator(part('typing'), { hasText: 'Cleo' }).waitFor();
  await ann.clock.runFor(6_100);
  await shows(ann, part('typing'), ['']);
});

test('that one types is told at most once in three seconds', async (t) => {
  const server = await Server.start(t);
  const ann = await clocked(t, `${server.url}/rooms/lobby`, 'Ann');
  let told = 0;
  ann.on('request', (request) => (told += request.url().endsWith('/typing') ? 1 : 0));
  const composer = ann.locator(part('composer'));
  await composer.pressSequentially('many letters');
  await eventually(() => told, (count) => count > 0);
  await ann.clock.runFor(3_100);
  await composer.pressSequentially(' and more of them');
  await eventually(() => told, (count) => count > 1);
  assert.equal(told, 2);
});

test('a dot changes at once, the list only after a quiet moment, and who is lost is offline after a minute', async (t) => {
  const server = await Server.start(t);
  const room = `${server.url}/rooms/lobby`;
  const ann = await clocked(t, room, 'Ann');
  const ben = await join(t, browser, room, 'Ben');
  await ann.click(part('people'));
  const dot = ann.locator(`${part('person')} [data-presence]`).nth(1);
  await ann.locator(part('person'), { hasText: 'Ben' }).waitFor();
  await ann.clock.runFor(3_100);
  const groups = () => ann.locator(`${part('people-panel')} h3`).allTextContents();
  await eventually(groups, (titles) => titles.length === 1);

  const { cookies: [cookie] } = await ben.context().storageState();
  await server.ask('PUT', '/me/presence', { state: 'away' }, { cookie: `${cookie.name}=${cookie.value}` });
  await ann.locator(`${part('person')} [data-presence="away"]`).waitFor();
  await ben.context().close();
  await shows(ann, part('here'), ['1 here']);
  assert.equal(await dot.count(), 1, 'a closed tab may only be a phone in a tunnel');
  await ann.clock.runFor(66_000);
  await eventually(() => ann.locator(`${part('person')} [data-presence="offline"]`).count(), (count) => count === 1);
  await ann.clock.runFor(3_100);
  await eventually(groups, (titles) => titles.length === 2);
});

test('who does nothing for five minutes is away, and back with the first touch', async (t) => {
  const server = await Server.start(t);
  const ann = await clocked(t, `${server.url}/rooms/lobby`, 'Ann');
  const told = [];
  ann.on('request', (request) => request.url().endsWith('/me/presence') && told.push(request.postDataJSON().state));
  await ann.clock.runFor(5 * 60_000 + 6_000);
  await eventually(() => told, (states) => states.at(-1) === 'away');
  await ann.mouse.move(200, 200);
  await eventually(() => told, (states) => states.at(-1) === 'online');
});

test('an edit shows at once, and is taken back if it is refused; its words are not lost', async (t) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  await say(ann, 'first words');
  await row(ann, 'first words', 'sent');

  const held = await hold(ann, '**/rooms/lobby/*', 'PATCH');
  await act(ann, 'first words', 'action-edit');
  await ann.fill(part('composer'), 'better words');
  await ann.press(part('composer'), 'Enter');
  await held.isAsked;
  await showsRows(ann, ['sent: better words']);
  held.letGo();
  await eventually(() => server.history('lobby'), ([message]) => message.body === 'better words');
  await ann.unroute('**/rooms/lobby/*');

  const refused = await hold(ann, '**/rooms/lobby/*', 'PATCH', refusal);
  await act(ann, 'better words', 'action-edit');
  await ann.fill(part('composer'), 'too late');
  await ann.press(part('composer'), 'Enter');
  await refused.isAsked;
  await showsRows(ann, ['sent: too late']);
  refused.letGo();
  await showsRows(ann, ['sent: better words']);
  await ann.locator(part('notice'), { hasText: 'It is too late for that.' }).waitFor();
  await eventually(() => ann.inputValue(part('composer')), (text) => text === 'too late');
});

test('a deletion shows at once and is taken back if it is refused; what is answered leaves a tombstone', async (t) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  for (const words of ['one', 'two']) {
    await say(ann, words);
    await row(ann, words, 'sent');
  }
  const refused = await hold(ann, '**/rooms/lobby/*', 'DELETE', refusal);
  await act(ann, 'one', 'action-delete', 'action-delete');
  await refused.isAsked;
  await showsRows(ann, ['sent: two']);
  refused.letGo();
  await showsRows(ann, ['sent: one', 'sent: two']);
  await ann.unroute('**/rooms/lobby/*');

  await act(ann, 'one', 'action-reply');
  await say(ann, 'an answer');
  await row(ann, 'an answer', 'sent');
  await act(ann, 'two', 'action-delete', 'action-delete');
  await ann.locator(part('message'), { hasText: 'two' }).waitFor({ state: 'detached' });
  const [first] = await server.history('lobby');
  await ann.locator(`[data-id="${first.id}"] ${part('message-menu')}`).click();
  for (let press = 0; press < 2; press += 1) await ann.click(part('action-delete'));
  await ann.locator(`[data-id="${first.id}"] ${part('tombstone')}`).waitFor();
  await eventually(() => server.history('lobby'), (messages) => messages.length === 2 && messages[0].deleted !== undefined);
  await ann.reload();
  await ann.locator(`[data-id="${first.id}"] ${part('tombstone')}`).waitFor();
});

test('a reaction shows at once, is one for all who see it, and is taken back if it is refused', async (t) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  const { id } = await server.say('lobby', 'news', ben);
  const reactions = `/rooms/lobby/${id}/reactions/${encodeURIComponent('👍')}`;
  await server.ask('PUT', reactions, undefined, ben);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  const chip = ann.locator(part('reaction'));
  await shows(ann, part('reaction'), ['👍1']);

  const held = await hold(ann, '**/reactions/*', 'PUT');
  await chip.click();
  await held.isAsked;
  await shows(ann, part('reaction'), ['👍2']);
  assert.equal(await chip.getAttribute('aria-pressed'), 'true');
  held.letGo();
  await eventually(() => server.history('lobby'), ([message]) => message.reactions[0].count === 2);
  await ann.unroute('**/reactions/*');
  await server.ask('DELETE', reactions, undefined, ben);
  await shows(ann, part('reaction'), ['👍1']);

  const refused = await hold(ann, '**/reactions/*', 'DELETE', refusal);
  await chip.click();
  await refused.isAsked;
  await ann.locator(part('reaction')).waitFor({ state: 'detached' });
  refused.letGo();
  await shows(ann, part('reaction'), ['👍1']);
});

test('what somebody edits, deletes, and what they are called now shows where one looks', async (t) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  const [kept, gone] = [await server.say('lobby', 'tpyo', ben), await server.say('lobby', 'regretted', ben)];
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  await showsRows(ann, ['sent: tpyo', 'sent: regretted']);
  await server.ask('PATCH', `/rooms/lobby/${kept.id}`, { body: 'typo' }, ben);
  await server.ask('DELETE', `/rooms/lobby/${gone.id}`, undefined, ben);
  await showsRows(ann, ['sent: typo']);
  await ann.locator(part('edited')).waitFor();
  await server.ask('PUT', '/me', { name: 'Benjamin' }, ben);
  await shows(ann, `${part('message')} header b`, ['Benjamin']);
  assert.deepEqual(ann.faults, []);
});

test('a room that one is added to is there at once, and one that one is removed from is closed', async (t) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  const ben = await server.member('Ben', 'lobby');
  const { people } = await server.ask('GET', '/rooms/lobby/people', undefined, ben);
  const { id } = people.find(({ name }) => name === 'Ann');
  const hidden = await server.ask('POST', '/rooms', { kind: 'private', title: 'Plans', people: [id] }, ben);
  const link = ann.locator(part('room-link'), { hasText: 'Plans' });
  await link.waitFor();
  await server.say(hidden.id, 'between us', ben);
  await ann.locator(`${part('room-link')} ${part('badge')}`).waitFor();
  await link.click();
  await showsRows(ann, ['sent: between us']);
  await server.ask('DELETE', `/rooms/${encodeURIComponent(hidden.id)}/people/${id}`, undefined, ben);
  await ann.locator(`${part('room')} [role="alert"]`, { hasText: 'no longer in this room' }).waitFor();
  assert.equal(await ann.locator(part('message')).count(), 0);
});
