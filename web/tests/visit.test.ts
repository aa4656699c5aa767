import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { Me, Room as About } from 'openline';
import { asked, question, settle } from './answers.ts';

mock.timers.enable({ apis: ['setInterval'] });
const goTo = (_: unknown, __: string, path: string) => (location.pathname = path);
Object.assign(globalThis, {
  performance: Object.assign(performance, { getEntriesByType: () => [] }),
  history: { replaceState: goTo, pushState: goTo },
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

const { browser } = await import('../src/state/storage.ts');
browser.set('person', 'ann');
const { me } = await import('../src/state/me.svelte.ts');
const { language } = await import('../src/state/language.svelte.ts');
const { place } = await import('../src/state/place.svelte.ts');
const { rooms } = await import('../src/state/rooms.svelte.ts');
const { visit } = await import('../src/state/visit.ts');

await language.begin();

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

/** The line tells how one's place in a room has changed. */
async function told(room: string, change: string, number: number): Promise<void> {
  lines.at(-1)?.onmessage({ data: JSON.stringify({ member: { id: `e-${number}`, room, person: { id: 'ann', name: 'Ann' }, change } }) });
  await new Promise(setImmediate);
}

/** The list of rooms is asked for, and has these beside the lobby. */
async function listed(head: string, ...more: object[]): Promise<void> {
  (await question('/me/rooms')).answer({ rooms: [about('lobby', { me: mine }), ...more], head });
  await settle();
}

test('a room that one was taken out of is not back by a list that was read before', async () => {
  await told('~plans', 'added', 6);
  const first = await question('/me/rooms');
  await told('~plans', 'removed', 7);
  first.answer({ rooms: [about('lobby', { me: mine }), about('~plans', { kind: 'private', me: mine })], head: 'e-6' });
  await settle();
  assert.equal(rooms.met('~plans')?.joined ?? false, false);
  await listed('e-7');
  assert.deepEqual(rooms.mine.map(({ id }) => id), ['lobby']);
});

test('a room that one makes while the list is on its way stays', async () => {
  void rooms.refresh();
  const list = await question('/me/rooms');
  const making = rooms.create({ kind: 'private', title: 'New' });
  (await question('POST /rooms')).answer(about('~new', { kind: 'private', me: mine }), 201);
  const room = await making;
  list.answer({ rooms: [about('lobby', { me: mine })], head: 'e-7' });
  await settle();
  assert.equal(room.joined, true);
  await listed('e-7', about('~new', { kind: 'private', me: mine }));
  assert.equal(room.joined, true);
  await told('~new', 'left', 8);
});

test('a room that was closed to one opens as if one came in, once one may', async () => {
  place.go('~asked');
  const room = rooms.here;
  let out = visit(room);
  (await question('GET /rooms/~asked?')).answer({ code: 'no-such-room', title: 'There is no such room.' }, 404);
  await settle();
  assert.equal(room.refused, 'There is no such room.');
  await told('~asked', 'added', 9);
  await listed('e-9', about('~asked', { kind: 'private', me: mine }));
  assert.equal(room.openings, 1);
  out();
  out = visit(room);
  (await question('GET /rooms/~asked?')).answer({ messages: [], head: 'e-9', about: about('~asked', { kind: 'private', me: mine }) });
  await settle();
  assert.deepEqual([room.refused, room.joined, room.arrived], [undefined, true, true]);
  // On another device one leaves it.
  void room.load(new AbortController().signal);
  const late = await question('GET /rooms/~asked?');
  await told('~asked', 'left', 10);
  late.answer({ messages: [], head: 'e-9', about: about('~asked', { kind: 'private', me: mine }) });
  await settle();
  assert.deepEqual([room.joined, room.history.loaded, typeof room.refused], [false, false, 'string']);
  out();
  place.go('lobby');
});

test('a public room goes by the name that it has by now, and is the same', () => {
  const room = rooms.know(about('old', { name: 'new', me: mine }) as About);
  place.go(room.address);
  assert.equal(rooms.here, room);
  assert.equal(rooms.find('old'), room);
  place.go('lobby');
});

test('a line that is refused for a room that one looked into closes that, and no other', async () => {
  const { refused } = await import('../src/state/hearing.ts');
  refused(rooms, { code: 'banned', title: 'Banned' }, 'open');
  assert.equal(rooms.find('open').refused, 'Banned');
  assert.equal(rooms.here.refused, undefined);
  // One that one has come to be in is not asked for by itself any more, once one goes.
  const { connection } = await import('../src/state/connection.svelte.ts');
  const open = rooms.find('open');
  connection.visit('open');
  const out = visit(open);
  open.describe(about('open', { me: mine }) as About);
  out();
  assert.equal(connection.visited, undefined);
  asked.splice(0);
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
