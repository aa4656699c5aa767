/** What the server refuses: one's words can always be had back, and the rest of the page goes on. */
import assert from 'node:assert/strict';
import { eventually, launch, onBoth, shows } from './chromium.mjs';
import { act, isListening, join, keeps, LINK, part, row, say, showsRows, travel, visit } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

const written = (page) => page.inputValue(part('composer'));
/** What is put on the clipboard, also where a browser hides that. */
const watchCopies = (page) =>
  page.evaluate(() => {
    Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => void (window.copiedText = text) } });
  });
const isCopied = (page, words) => page.waitForFunction((words) => window.copiedText === words, words);

/** Ben's room, Ann in it, and who Ann is. */
async function bensRoom(t, options) {
  const server = await Server.start(t);
  const ben = await server.person('Ben');
  await server.ask('POST', '/rooms', { kind: 'public', name: 'garden' }, ben);
  await server.member('Cleo', 'lobby');
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  await travel(ann, '/rooms/garden');
  await ann.locator(`${part('room')}[data-room="garden"]`).waitFor();
  await ann.locator(LINK('garden')).waitFor({ state: 'attached' });
  await isListening(ann);
  const { people } = await eventually(() => server.ask('GET', '/rooms/garden/people', undefined, ben), ({ people }) => people.length === 2);
  return { server, ben, ann, id: people.find(({ name }) => name === 'Ann').id };
}

/** Holds what is posted to a room until it is let go. */
async function hold(page, room) {
  let letGo;
  const held = new Promise((resolve) => (letGo = resolve));
  const asked = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith(`/rooms/${room}`));
  await page.route(`**/rooms/${room}`, async (route) => {
    if (route.request().method() === 'POST') await held;
    return route.continue();
  });
  return { asked, letGo };
}

onBoth('too long: it says so, and goes back into the composer', async (t, options) => {
  const server = await Server.start(t, { env: { OPENLINE_LIMITS_BODY_BYTES: '2KiB' } });
  const page = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  const long = 'long '.repeat(500).trim();
  await say(page, long);
  await row(page, 'long', 'failed');
  await page.fill(part('composer'), 'written since');
  await page.click(part('edit'));
  await showsRows(page, []);
  assert.equal(await written(page), `${long}\nwritten since`);
  await say(page, 'short');
  await showsRows(page, ['sent: short']);
  assert.equal((await server.history('lobby')).length, 1);
});

onBoth('Retry sends it again under its key, Delete drops it, and ↑ brings it back', async (t, options) => {
  const server = await Server.start(t);
  const page = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  const keys = [];
  page.on('request', (request) => request.method() === 'POST' && request.url().endsWith('/rooms/lobby') && keys.push(request.postDataJSON().key));
  const refusal = { status: 403, contentType: 'application/problem+json', body: JSON.stringify({ status: 403, code: 'not-allowed', title: 'Not today.' }) };
  await page.route('**/rooms/lobby', (route) => (route.request().method() === 'POST' ? route.fulfill(refusal) : route.continue()));
  for (const words of ['one', 'two', 'three']) {
    await say(page, words);
    await row(page, words, 'failed');
  }
  await page.getByText('Not sent · Not today.').first().waitFor();
  await page.unroute('**/rooms/lobby');
  const buttonOf = (words, name) => page.locator(part('message')).filter({ hasText: words }).locator(part(name));
  await buttonOf('one', 'retry').click();
  await showsRows(page, ['sent: one', 'failed: two', 'failed: three']);
  assert.equal(keys.at(-1), keys[0]);
  await buttonOf('two', 'delete').click();
  await showsRows(page, ['sent: one', 'failed: three']);
  // Not what one said before it.
  await page.press(part('composer'), 'ArrowUp');
  await eventually(() => written(page), (text) => text === 'three');
  await showsRows(page, ['sent: one']);
  // The words are in the field before the browser lets go of them.
  await keeps(page, 'outbox', 0);
  await page.reload();
  await isListening(page);
  await showsRows(page, ['sent: one']);
  assert.deepEqual((await server.history('lobby')).map(({ body }) => body), ['one']);
});

onBoth('banned: the room is closed, and what was on its way can be taken along', async (t, options) => {
  const { server, ben, ann, id } = await bensRoom(t, options);
  await watchCopies(ann);
  const { asked, letGo } = await hold(ann, 'garden');
  await say(ann, 'too late');
  await ann.fill(part('composer'), 'half a thought');
  await asked;
  await server.ask('PUT', `/rooms/garden/bans/${id}`, { reason: 'too loud' }, ben);
  await ann.getByRole('alert').filter({ hasText: 'too loud' }).waitFor();
  letGo();
  const unsent = ann.locator(part('unsent'));
  await unsent.getByText('too late').waitFor();
  await unsent.getByText('half a thought').waitFor();
  await unsent.getByRole('button', { name: 'Copy' }).first().click();
  await isCopied(ann, 'too late');
  for (let left = 2; left > 0; left -= 1) await unsent.getByRole('button', { name: 'Delete' }).first().click();
  await unsent.waitFor({ state: 'detached' });
  // The others are heard as before.
  await visit(ann, 'lobby');
  await say(ann, 'here I may');
  await row(ann, 'here I may', 'sent');
});

onBoth('no right any more: what was refused goes where it can be read and copied', async (t, options) => {
  const { server, ben, ann } = await bensRoom(t, options);
  await watchCopies(ann);
  const { asked, letGo } = await hold(ann, 'garden');
  await say(ann, 'too late');
  await asked;
  await server.ask('PATCH', '/rooms/garden/about', { post: 'moderators' }, ben);
  await ann.locator(part('closed')).waitFor();
  letGo();
  await row(ann, 'too late', 'failed');
  await ann.click(part('edit'));
  await showsRows(ann, []);
  const unsent = ann.locator(`${part('closed')} ${part('unsent')}`);
  await unsent.getByText('too late').waitFor();
  await unsent.getByRole('button', { name: 'Copy' }).click();
  await isCopied(ann, 'too late');
  await server.ask('PATCH', '/rooms/garden/about', { post: 'everyone' }, ben);
  await eventually(() => ann.locator(part('composer')).count(), (count) => count === 1);
  assert.equal(await written(ann), 'too late');
});

onBoth('a room that is closed to one silences no other, and is not asked for again and again', async (t, options) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby', 'garden');
  const secret = await server.ask('POST', '/rooms', { kind: 'private', title: 'Secret' }, ben);
  const ann = await join(t, browser, `${server.url}/rooms/garden`, 'Ann', options);
  await travel(ann, '/rooms/lobby');
  await ann.locator(`${part('room')}[data-room="lobby"]`).waitFor();
  await isListening(ann);
  let lines = 0;
  ann.on('websocket', () => (lines += 1));
  ann.on('request', (request) => (lines += request.url().includes('/stream') ? 1 : 0));
  await travel(ann, `/rooms/${encodeURIComponent(secret.id)}`);
  await ann.getByRole('alert').filter({ hasText: 'cannot be opened' }).waitFor();
  await server.say('garden', 'are you there?', ben);
  await shows(ann, `${LINK('garden')} ${part('badge')}`, ['11 unread']);
  assert.equal(lines, 0, 'the line is the one that it was');
  await visit(ann, 'garden');
  await row(ann, 'are you there?', 'sent');
  assert.equal(lines, 0);
});

onBoth('where the reason is that one has to wait, the row says so', async (t, options) => {
  const server = await Server.start(t);
  const ben = await server.person('Ben');
  await server.ask('POST', '/rooms', { kind: 'public', name: 'garden' }, ben);
  await server.ask('PATCH', '/rooms/garden/about', { slow: 300 }, ben);
  const ann = await join(t, browser, `${server.url}/rooms/garden`, 'Ann', options);
  await say(ann, 'first');
  await row(ann, 'first', 'sent');
  await say(ann, 'second');
  await row(ann, 'second', 'waiting');
  const reason = await eventually(() => ann.locator(part('row-state')).innerText(), (text) => /slow/i.test(text));
  assert.doesNotMatch(reason, /connection/);
});

onBoth('a message that is edited and deleted by another while one edits it is not written over', async (t, options) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  await say(ann, 'mine');
  await row(ann, 'mine', 'sent');
  await act(ann, 'mine', 'action-edit');
  await ann.fill(part('composer'), 'mine, and more');
  const [{ id }] = await server.history('lobby');
  const [{ name, value }] = await ann.context().cookies();
  await server.ask('DELETE', `/rooms/lobby/${id}`, undefined, { cookie: `${name}=${value}` });
  await showsRows(ann, []);
  await ann.click(part('send'));
  await ann.locator(part('notice')).filter({ hasText: /\S/ }).waitFor();
  await showsRows(ann, []);
  assert.equal(await written(ann), 'mine, and more', 'its words are not lost');
});
