import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { Me } from 'openline';
import { asked, question, settle } from './answers.ts';

mock.timers.enable({ apis: ['setInterval'] });
Object.assign(globalThis, {
  performance: Object.assign(performance, { getEntriesByType: () => [] }),
  history: { replaceState() {}, pushState() {} },
});
/** Every line that was opened. */
const lines: { url: string; onclose: () => void; onmessage: (event: { data: string }) => void; close(): void }[] = [];
Object.assign(globalThis, {
  WebSocket: class {
    onclose = () => {};
    onmessage = () => {};
    readonly url: string;
    constructor(url: URL) {
      this.url = url.pathname + url.search;
      lines.push(this);
    }
    close() {}
  },
});
Object.assign(location, { reload: mock.fn() });
Object.assign(globalThis, { requestAnimationFrame: setImmediate, cancelAnimationFrame: clearImmediate });
const painted = () => new Promise(setImmediate);

const { browser } = await import('../src/state/storage.ts');
browser.set('person', 'ann');
const { me } = await import('../src/state/me.svelte.ts');
const { rooms } = await import('../src/state/rooms.svelte.ts');
const { visit } = await import('../src/state/visit.ts');

const ann: Me = { id: 'ann', name: 'Ann', role: 'guest', session: 's' };
const about = (id: string, more = {}) => ({ id, name: id, title: id, kind: 'public', history: 'all', post: 'everyone', members: 1, may: [], ...more });
const mine = { joined: true, role: 'member', level: 'all', unread: 0, mentions: 0 };

test('a room that is closed to one is not asked for on the line, which hears all others', async () => {
  me.become(ann);
  const beginning = rooms.begin(ann);
  (await question('/me/rooms')).answer({ rooms: [about('lobby', { me: mine })], head: 'e-5' });
  await beginning;
  assert.deepEqual(lines.map(({ url }) => url), ['/stream?mine=&since=e-5']);

  const closed = rooms.find('closed');
  const leave = visit(closed);
  (await question('PUT /rooms/closed/people/me')).answer({ code: 'banned', title: 'Banned' }, 403);
  (await question('GET /rooms/closed?')).answer({ code: 'banned', title: 'Banned' }, 403);
  await settle();
  assert.equal(closed.refused, 'Banned');
  assert.equal(lines.length, 1, 'the line stays as it is');
  leave();
  assert.equal(lines.length, 1);

  // One that can be read, and not entered.
  const open = rooms.find('open');
  const out = visit(open);
  (await question('PUT /rooms/open/people/me')).answer({ code: 'not-allowed', title: 'No' }, 403);
  (await question('GET /rooms/open?')).answer({ messages: [], head: 'e-5', about: about('open') });
  await settle();
  assert.equal(lines.at(-1)?.url, '/stream?mine=&room=open&since=e-5');
  assert.equal(open.arrived, true);
  out();
  assert.equal(lines.at(-1)?.url, '/stream?mine=&since=e-5');
});

test('a room that one was taken out of is not back by a list that was read before', async () => {
  const told = (change: string, id: string) =>
    lines.at(-1)?.onmessage({ data: JSON.stringify({ member: { id, room: '~plans', person: { id: 'ann', name: 'Ann' }, change } }) });
  told('added', 'e-6');
  await painted();
  const first = await question('/me/rooms');
  told('removed', 'e-7');
  await painted();
  first.answer({ rooms: [about('lobby', { me: mine }), about('~plans', { kind: 'private', me: mine })], head: 'e-6' });
  await settle();
  assert.equal(rooms.met('~plans')?.joined ?? false, false);
  (await question('/me/rooms')).answer({ rooms: [about('lobby', { me: mine })], head: 'e-7' });
  await settle();
  assert.deepEqual(rooms.mine.map(({ id }) => id), ['lobby']);
});

test('a room that is left before one has come in is not joined any more', async () => {
  const room = rooms.find('left');
  const leave = visit(room);
  const joining = await question('PUT /rooms/left/people/me');
  leave();
  joining.fail();
  await settle();
  const { connection } = await import('../src/state/connection.svelte.ts');
  connection.tryNow();
  await settle();
  assert.deepEqual(asked.map(({ path }) => path).filter((path) => path.includes('left')), []);
  connection.stop();
});

test('whoever turns out to be somebody else starts anew: what the page knows is not theirs', () => {
  const reload = (location as unknown as { reload: { mock: { callCount(): number } } }).reload.mock;
  assert.equal(reload.callCount(), 0);
  me.become({ ...ann, id: 'ben' });
  assert.equal(reload.callCount(), 1);
  assert.equal(me.person?.id, 'ann');
  assert.equal(browser.get('person'), 'ben');
});

test('who is here is known of a room of which the line told before the list', () => {
  rooms.heardHere('early', { count: 2, people: ['ann'] });
  const room = rooms.know({ id: 'early', title: 'Early', kind: 'public', history: 'all', post: 'everyone', members: 2 });
  assert.equal(room.count, 2);
  rooms.heardHere('early', { count: 3 });
  assert.equal(room.count, 3);
  rooms.know({ id: 'early', title: 'Early', kind: 'public', history: 'all', post: 'everyone', members: 2 });
  assert.equal(room.count, 3, 'what came early is not what is so later');
});
