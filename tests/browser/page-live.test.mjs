/** What happens while one looks: somebody types, comes and goes, changes what they said, reacts, is called differently. */
import assert from 'node:assert/strict';
import { eventually, launch, onBoth, shows, stopClock, visitor } from './chromium.mjs';
import { act, giveName, holdAnswer, join, painted, part, row, say, showRooms, showsRows } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

/** A page whose clock a test can turn on. */
async function clocked(t, options, url, name) {
  const { context, faults } = await visitor(t, browser, options);
  const page = await context.newPage();
  page.faults = faults;
  await page.clock.install();
  await page.goto(url);
  await giveName(page, name);
  return page;
}

/** Holds all requests of a kind back until they are let go, and then gives them this answer, or the server's. */
async function hold(page, pattern, method, answer) {
  let letGo;
  const held = new Promise((resolve) => (letGo = resolve));
  const isAsked = page.waitForEvent('request', (request) => request.method() === method);
  await page.route(pattern, async (route) => {
    if (route.request().method() !== method) return route.fallback();
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

onBoth('who types is named, up to two, and not any more once they have said it, or have stopped', async (t, options) => {
  const server = await Server.start(t);
  const [ben, cleo, dan] = await Promise.all(['Ben', 'Cleo', 'Dan'].map((name) => server.member(name, 'lobby')));
  const ann = await clocked(t, options, `${server.url}/rooms/lobby`, 'Ann');
  const types = (who) => server.ask('POST', '/rooms/lobby/typing', undefined, who);
  // As pages do they say so again: on a busy machine the server would forget who types before all is shown.
  const areTyping = (words, ...people) =>
    eventually(
      async () => {
        for (const who of people) await types(who);
        return ann.locator(part('typing')).innerText();
      },
      (text) => words.test(text),
    );
  await areTyping(/^Ben is typing…$/, ben);
  await areTyping(/^(Ben and Cleo|Cleo and Ben) are typing…$/, ben, cleo);
  await areTyping(/^Several people are typing…$/, ben, cleo, dan);
  for (const who of [dan, cleo]) await server.say('lobby', 'said', who);
  await areTyping(/^Ben is typing…$/, ben);
  await server.say('lobby', 'the last word', ben);
  await row(ann, 'the last word', 'sent');
  await shows(ann, part('typing'), ['']);

  // Of whom nothing more is heard, as when the line is lost.
  await areTyping(/^Cleo is typing…$/, cleo);
  await server.kill();
  await ann.clock.runFor(6_100);
  await shows(ann, part('typing'), ['']);
});

onBoth('that one types is told at most once in three seconds', async (t, options) => {
  const server = await Server.start(t);
  const ann = await clocked(t, options, `${server.url}/rooms/lobby`, 'Ann');
  let told = 0;
  ann.on('request', (request) => (told += request.url().endsWith('/typing') ? 1 : 0));
  const composer = ann.locator(part('composer'));
  await stopClock(ann);
  await composer.pressSequentially('many letters');
  await eventually(() => told, (count) => count > 0);
  await ann.clock.runFor(2_900);
  await composer.pressSequentially(' and more of them');
  assert.equal(told, 1);
  await ann.clock.runFor(100);
  await composer.pressSequentially(' still');
  await eventually(() => told, (count) => count > 1);
  assert.equal(told, 2);
});

onBoth('a dot changes at once, the list only after a quiet moment, and who is lost is offline after a minute', async (t, options) => {
  const server = await Server.start(t);
  const room = `${server.url}/rooms/lobby`;
  const ann = await clocked(t, options, room, 'Ann');
  const ben = await join(t, browser, room, 'Ben');
  await shows(ann, part('here'), ['2 here']);
  await ann.click(part('people'));
  await ann.locator(part('person'), { hasText: 'Ben' }).waitFor();
  const groups = () => ann.locator(`${part('people-panel')} h3`).allTextContents();
  const dots = (state) => ann.locator(`${part('person')} [data-presence="${state}"]`).count();
  await eventually(groups, (titles) => titles.join() === 'Here · 2');

  const { cookies: [cookie] } = await ben.context().storageState();
  await server.ask('PUT', '/me/presence', { state: 'away' }, { cookie: `${cookie.name}=${cookie.value}` });
  await eventually(() => dots('away'), (count) => count === 1);
  await stopClock(ann);
  await ben.context().close();
  // What the line tells is shown in a frame, and frames come while time goes on.
  const here = async () => {
    await ann.clock.runFor(20);
    return ann.locator(part('here')).innerText();
  };
  await eventually(here, (text) => text === '1 here');
  await ann.clock.runFor(55_000);
  assert.equal(await dots('offline'), 0, 'a closed tab may only be a phone in a tunnel');
  // At most five seconds after the minute.
  for (let second = 0; second < 11 && (await dots('offline')) === 0; second += 1) await ann.clock.runFor(1_000);
  assert.equal(await dots('offline'), 1);
  assert.deepEqual(await groups(), ['Here · 2'], 'nothing jumps about');
  await ann.clock.runFor(1_900);
  assert.deepEqual(await groups(), ['Here · 2']);
  await ann.clock.runFor(1_200);
  await eventually(groups, (titles) => titles.join() === 'Here · 1,Not here · 1');
});

onBoth('who does nothing for five minutes is away, and back with the first touch', async (t, options) => {
  const server = await Server.start(t);
  const ann = await clocked(t, options, `${server.url}/rooms/lobby`, 'Ann');
  const told = [];
  ann.on('request', (request) => request.url().endsWith('/me/presence') && told.push(request.postDataJSON().state));
  await ann.clock.runFor(5 * 60_000 + 6_000);
  await eventually(() => told, (states) => states.at(-1) === 'away');
  await ann.mouse.move(200, 200);
  await eventually(() => told, (states) => states.at(-1) === 'online');
});

onBoth('an edit shows at once, and is taken back if it is refused; its words are not lost', async (t, options) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  await say(ann, 'first words');
  await row(ann, 'first words', 'sent');

  const held = await hold(ann, '**/rooms/lobby/*', 'PATCH');
  await act(ann, 'first words', 'action-edit');
  await ann.fill(part('composer'), 'better words');
  await ann.click(part('send'));
  await held.isAsked;
  await showsRows(ann, ['sent: better words']);
  held.letGo();
  await eventually(() => server.history('lobby'), ([message]) => message.body === 'better words');
  await ann.unroute('**/rooms/lobby/*');

  const refused = await hold(ann, '**/rooms/lobby/*', 'PATCH', refusal);
  await act(ann, 'better words', 'action-edit');
  await ann.fill(part('composer'), 'too late');
  await ann.click(part('send'));
  await refused.isAsked;
  await showsRows(ann, ['sent: too late']);
  refused.letGo();
  // First what goes again after some seconds.
  await ann.locator(part('notice'), { hasText: 'It is too late for that.' }).waitFor();
  await showsRows(ann, ['sent: better words']);
  await eventually(() => ann.inputValue(part('composer')), (text) => text === 'too late');
});

onBoth('a deletion shows at once and is taken back if it is refused; what is answered leaves a tombstone', async (t, options) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
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
  await ann.locator(`[data-id="${first.id}"] ${part('message-menu')}`).focus();
  await ann.keyboard.press('Enter');
  for (let press = 0; press < 2; press += 1) await ann.click(part('action-delete'));
  await ann.locator(`[data-id="${first.id}"] ${part('tombstone')}`).waitFor();
  await eventually(() => server.history('lobby'), (messages) => messages.length === 2 && messages[0].deleted !== undefined);
  await ann.reload();
  await ann.locator(`[data-id="${first.id}"] ${part('tombstone')}`).waitFor();
});

onBoth('a reaction shows at once, is one for all who see it, and is taken back if it is refused', async (t, options) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  const { id } = await server.say('lobby', 'news', ben);
  const reactions = `/rooms/lobby/${id}/reactions/${encodeURIComponent('👍')}`;
  await server.ask('PUT', reactions, undefined, ben);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
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

onBoth('what somebody edits, deletes, and what they are called now shows where one looks', async (t, options) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  const [kept, gone] = [await server.say('lobby', 'tpyo', ben), await server.say('lobby', 'regretted', ben)];
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  await showsRows(ann, ['sent: tpyo', 'sent: regretted']);
  await server.ask('PATCH', `/rooms/lobby/${kept.id}`, { body: 'typo' }, ben);
  await server.ask('DELETE', `/rooms/lobby/${gone.id}`, undefined, ben);
  await showsRows(ann, ['sent: typo']);
  await ann.locator(part('edited')).waitFor();
  await server.ask('PUT', '/me', { name: 'Benjamin' }, ben);
  await shows(ann, `${part('message')} header b`, ['Benjamin']);
  assert.deepEqual(ann.faults, []);
});

/** Ann, who looks at the lobby and is added to Ben's hidden room, in which something is said; and how she is removed. */
async function addedToPlans(t, options) {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  // With her first room the page reads ahead what others there are: from then on a room is read when she looks.
  await ann.locator(part('empty-card')).waitFor();
  const ben = await server.member('Ben', 'lobby');
  const { people } = await server.ask('GET', '/rooms/lobby/people', undefined, ben);
  const { id } = people.find(({ name }) => name === 'Ann');
  const plans = await server.ask('POST', '/rooms', { kind: 'private', title: 'Plans', people: [id] }, ben);
  const link = ann.locator(part('room-link'), { hasText: 'Plans' });
  await link.waitFor({ state: 'attached' });
  await server.say(plans.id, 'between us', ben);
  await ann.locator(`${part('room-link')} ${part('badge')}`).waitFor({ state: 'attached' });
  await showRooms(ann);
  const remove = () => server.ask('DELETE', `/rooms/${encodeURIComponent(plans.id)}/people/${id}`, undefined, ben);
  return { ann, link, remove, closed: ann.locator(`${part('room')} [role="alert"]`, { hasText: 'no longer in this room' }) };
}

onBoth('a room that one is added to is there at once, and one that one is removed from is closed', async (t, options) => {
  const { ann, link, remove, closed } = await addedToPlans(t, options);
  await link.click();
  await showsRows(ann, ['sent: between us']);
  await remove();
  await closed.waitFor();
  assert.equal(await ann.locator(part('message')).count(), 0);
});

onBoth('a room that one is removed from while it is read stays closed, whatever the answer says', async (t, options) => {
  const { ann, link, remove, closed } = await addedToPlans(t, options);
  const late = await holdAnswer(ann, /\/rooms\/[^/]+\?limit/);
  await link.click();
  await late.isRead;
  await remove();
  await closed.waitFor();
  late.letGo();
  await late.isGiven;
  await painted(ann);
  assert.equal(await closed.count(), 1);
  assert.equal(await ann.locator(part('message')).count(), 0);
});
