import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Message, Page } from 'openline';
import { connection } from '../src/state/connection.svelte.ts';
import { MemoryKept } from '../src/state/kept.ts';
import { me } from '../src/state/me.svelte.ts';
import { Room } from '../src/state/room.svelte.ts';
import { writing } from '../src/state/writing.svelte.ts';
import { asked, isAsked, question, settle } from './answers.ts';

const ann = { id: 'ann', name: 'Ann' };
const ben = { id: 'ben', name: 'Ben' };
const message = (number: number, more: Partial<Message> = {}): Message => ({ id: `e-${number}`, room: 'lobby', at: '', body: String(number), by: ben, ...more });
const page = (numbers: number[], more: Partial<Page> = {}): Page => ({ room: 'lobby', messages: numbers.map((number) => message(number)), head: 'e-100', ...more });
const ids = (room: Room) => room.history.messages.map(({ id }) => id);
const here = () => new AbortController().signal;

let stored: (message: Message) => void = () => {};
me.person = { ...ann, role: 'guest', session: 's' };
await writing.start('ann', new MemoryKept(), (_, message) => stored(message));
writing.release();

beforeEach(() => asked.splice(0));

/** A room whose newest messages are these. */
async function opened(numbers: number[], more: Partial<Page> = {}): Promise<Room> {
  const room = new Room('lobby');
  const loading = room.load(here());
  (await question('GET /rooms/lobby?limit')).answer(page(numbers, more));
  await loading;
  return room;
}

test('of two jumps the newer wins, whichever answer comes first, and both come to the same', async () => {
  for (const order of [[0, 1], [1, 0]]) {
    const room = await opened([90, 91]);
    const jumps = [room.load(here(), 'e-10'), room.load(here(), 'e-50')];
    await settle();
    const questions = [await question('around=e-10'), await question('around=e-50')];
    for (const which of order) {
      questions[which]?.answer(page([which === 0 ? 10 : 50], { newer: 'e-60' }));
      await settle();
    }
    const pages = await Promise.all(jumps);
    assert.deepEqual(ids(room), ['e-50']);
    assert.equal(room.shown?.id, 'e-50');
    assert.deepEqual(pages.map((page) => page?.messages[0]?.id), ['e-50', 'e-50']);
  }
});

test('a jump that fails does not come back over a newer one', async () => {
  const room = await opened([90]);
  const jump = room.load(here(), 'e-10');
  (await question('around=e-10')).fail();
  await settle();
  const other = room.load(here(), 'e-50');
  (await question('around=e-50')).answer(page([50]));
  await other;
  connection.tryNow();
  assert.equal((await jump)?.messages[0]?.id, 'e-50');
  assert.equal(await isAsked('around=e-10'), false);
  assert.deepEqual(ids(room), ['e-50']);
});

test('going to the present ends a jump, on its way or done', async () => {
  const room = await opened([90]);
  const jump = room.load(here(), 'e-10');
  await settle();
  const away = room.toPresent();
  (await question('around=')).answer(page([10], { newer: 'e-11' }));
  (await question('lobby?limit')).answer(page([90]));
  await Promise.all([jump, away]);
  assert.deepEqual([ids(room), room.atEnd, room.shown], [['e-90'], true, undefined]);

  const done = room.load(here(), 'e-10');
  (await question('around=')).answer(page([10], { newer: 'e-11' }));
  await done;
  assert.equal(room.shown?.id, 'e-10');
  room.say('mine');
  assert.deepEqual([room.atEnd, room.shown], [true, undefined]);
  (await question('POST')).answer(message(101, { by: ann, body: 'mine' }), 201);
  (await question('lobby?limit')).answer(page([90]));
  await settle();
});

test('a room that is closed to one stays closed, whatever was on its way', async () => {
  const room = await opened([90]);
  const loading = room.load(here());
  const asks = await question('lobby?limit');
  room.close('No longer.');
  assert.deepEqual([ids(room), room.history.loaded], [[], false]);
  asks.answer(page([90, 91]));
  assert.equal(await loading, undefined);
  assert.deepEqual([room.refused, ids(room), room.history.loading], ['No longer.', [], 'nothing']);
  // What was asked before may fail as well, and is not asked again then.
  const failing = room.load(here());
  (await question('lobby?limit')).fail();
  room.close('No longer.');
  connection.tryNow();
  assert.equal(await failing, undefined);
  assert.equal(await isAsked('lobby'), false);
  // Until one may look again.
  const again = room.load(here());
  (await question('lobby?limit')).answer(page([90, 91]));
  await again;
  assert.deepEqual([room.refused, ids(room)], [undefined, ['e-90', 'e-91']]);
});

test('a jump that is on its way when one goes leads nowhere', async () => {
  const room = await opened([90]);
  const jump = room.load(here(), 'e-10');
  const asks = await question('around=e-10');
  room.goOut();
  asks.answer(page([10], { newer: 'e-11' }));
  assert.equal(await jump, undefined);
  assert.deepEqual([ids(room), room.atEnd, room.shown, room.isCurrent], [['e-90'], true, undefined, false]);
});

test('a page that knows more than the line has told keeps what it knows', async () => {
  const room = await opened([90]);
  room.history.clear();
  const loading = room.load(here());
  const answer = message(95, { reply_to: 'e-90' });
  (await question('lobby?limit')).answer(page([], { messages: [message(90, { replies: 1 }), answer] }));
  await loading;
  room.atEnd = false;
  room.hear(message(90));
  room.hear(answer);
  // It was deleted before the page was read.
  room.hear(message(93));
  assert.deepEqual([ids(room), room.history.messages[0]?.replies, room.unseen], [['e-90', 'e-95'], 1, 0]);
});

test('what is heard while older messages are on their way happens once to those that are there', async () => {
  const room = await opened([90, 91], { older: 'e-90' });
  const loading = room.history.loadOlder();
  const asks = await question('before=');
  const of = (id: string) => room.history.messages.find((message) => message.id === id);
  room.hear(message(101, { reply_to: 'e-90' }));
  room.heardReaction({ id: 'e-102', room: 'lobby', message: 'e-80', emoji: '👍', by: ben, on: true, count: 1 });
  asks.answer(page([80]));
  await loading;
  assert.deepEqual(ids(room), ['e-80', 'e-90', 'e-91', 'e-101']);
  assert.deepEqual([of('e-90')?.replies, of('e-80')?.reactions?.[0]?.count], [1, 1]);
});

test('a reaction of one’s own is counted once, by a page that has it as well', async () => {
  const room = await opened([91]);
  const loading = room.load(here());
  const asks = await question('lobby?limit');
  void room.react(message(91), '👍');
  const both = { emoji: '👍', count: 2, by: [ann, ben], mine: true } as const;
  asks.answer(page([], { messages: [message(91, { reactions: [both] })], head: 'e-103' }));
  await loading;
  assert.deepEqual(room.history.messages[0]?.reactions, [both]);
  (await question('PUT')).answer(null, 204);
  await settle();
});

test('what two delete stays deleted, though the second is refused', async () => {
  const room = await opened([90, 91]);
  const deleting = room.delete(message(91));
  const asks = await question('DELETE');
  room.heardDelete({ id: 'e-102', room: 'lobby', message: { id: 'e-91', deleted: '', gone: true } });
  asks.answer({ code: 'no-such-message', title: 'There is no such message.' }, 404);
  assert.equal(await deleting, false);
  assert.deepEqual(ids(room), ['e-90']);
});

test('of two questions what a room is the later counts, and none across one’s going', async () => {
  const room = await opened([1]);
  const about = { id: 'lobby', title: 'lobby', kind: 'public', history: 'all', post: 'everyone', members: 1 } as const;
  const mine = { joined: true, role: 'member', level: 'all', unread: 0, mentions: 0 } as const;
  room.describe({ ...about, me: mine });
  const both = [room.ask(), room.ask()];
  await settle();
  const [first, second] = asked.splice(0);
  second?.answer({ ...about, topic: 'new', me: mine });
  first?.answer({ ...about, topic: 'old', me: mine });
  await Promise.all(both);
  assert.equal(room.topic, 'new');
  const late = room.ask();
  const asks = await question('/about');
  room.left();
  asks.answer({ ...about, me: mine });
  await late;
  assert.equal(room.joined, false);
});

test('what was missed is read anew where one is, again and again until it is there', async () => {
  const room = await opened([90, 91]);
  room.atEnd = false;
  room.topmost = 'e-90';
  room.isCurrent = false;
  room.renew();
  (await question('around=e-90')).fail();
  await settle();
  connection.tryNow();
  (await question('around=e-90')).answer(page([89, 90, 91, 92]));
  await settle();
  assert.deepEqual([ids(room), room.isCurrent], [['e-89', 'e-90', 'e-91', 'e-92'], true]);
  assert.equal(room.shown, undefined, 'nothing is flashed');
});

test('an own answer counts once, and what has happened to it is not undone by what is told late', async () => {
  const room = await opened([100]);
  stored = (message) => room.hear(message);
  room.replyTo = message(100);
  room.say('an answer');
  const post = await question('POST /rooms/lobby');
  const { key } = post.body as { key: string };
  const told = message(101, { by: ann, body: 'an answer', key, reply_to: 'e-100' });
  room.hear(told);
  room.heardDelete({ id: 'e-102', room: 'lobby', message: { id: 'e-101', deleted: '', gone: true } });
  post.answer(told, 201);
  await settle();
  assert.deepEqual(ids(room), ['e-100'], 'it stays deleted');
  assert.equal(room.history.messages[0]?.replies, 1);
  assert.deepEqual(room.entries, []);
});

test('the answer first and the broadcast after it count once, too', async () => {
  const room = await opened([100]);
  stored = (message) => room.hear(message);
  room.replyTo = message(100);
  room.say('an answer');
  const post = await question('POST /rooms/lobby');
  const { key } = post.body as { key: string };
  const told = message(101, { by: ann, body: 'an answer', key, reply_to: 'e-100' });
  post.answer(told, 201);
  await settle();
  room.hear(told);
  assert.equal(room.history.messages[0]?.replies, 1);
});

test('a refused answer goes back to where it was written: with its quote, or into its thread', async () => {
  const room = await opened([100]);
  const refuse = async () => {
    (await question('POST /rooms/lobby')).answer({ code: 'not-allowed', title: 'No' }, 403);
    await settle();
  };
  room.replyTo = message(100);
  room.say('in the room');
  await refuse();
  assert.equal(await room.recall(room.entries[0]?.key ?? ''), undefined);
  assert.deepEqual([room.draft, room.replyTo?.id, room.entries.length], ['in the room', 'e-100', 0]);

  room.thread(message(100)).say('in the thread');
  await refuse();
  assert.equal((await room.recall(room.entries[0]?.key ?? ''))?.id, 'e-100');
  assert.deepEqual([room.draft, room.drafts.of('e-100')], ['in the room', 'in the thread']);
});

test('a thread asks for as many answers as it can have at once, goes on where it is cut off, and keeps what it hears meanwhile', async () => {
  const room = await opened([1]);
  const thread = room.thread(message(1));
  const answers = await question('/e-1/replies?limit=500');
  room.hear(message(600, { reply_to: 'e-1' }));
  const newer = '/rooms/lobby/e-1/replies?after=501&limit=500';
  answers.answer({ messages: Array.from({ length: 500 }, (_, index) => message(index + 2, { reply_to: 'e-1' })), newer });
  await settle();
  assert.equal(thread.messages.length, 501);
  assert.equal(thread.cutAfter, 'e-501');
  room.heardDelete({ id: 'e-601', room: 'lobby', message: { id: 'e-3', deleted: '', gone: true } });
  void thread.loadMore();
  const more = await question(newer);
  room.heardDelete({ id: 'e-602', room: 'lobby', message: { id: 'e-502', deleted: '', gone: true } });
  room.hear(message(603, { reply_to: 'e-1' }));
  assert.equal(thread.root.replies, 2);
  more.answer({ messages: [502, 503].map((number) => message(number, { reply_to: 'e-1' })) });
  await settle();
  assert.deepEqual(thread.messages.slice(-4).map(({ id }) => id), ['e-501', 'e-503', 'e-600', 'e-603']);
  assert.deepEqual([thread.cutAfter, thread.loading, thread.root.replies], [undefined, false, 2]);
  // The line could not tell everything.
  room.renew();
  (await question(/lobby\/e-1$/)).answer(message(1, { body: 'changed' }));
  (await question('/e-1/replies')).answer({ messages: [message(2, { reply_to: 'e-1' })] });
  await settle();
  assert.deepEqual([thread.root.body, thread.messages.map(({ id }) => id), thread.cutAfter], ['changed', ['e-2'], undefined]);
  asked.splice(0);
});

test('an answer that is heard while a thread is read anew is one answer', async () => {
  const room = await opened([1]);
  const thread = room.thread(message(1));
  (await question('/replies')).answer({ messages: [] });
  await settle();
  room.thread(message(1));
  const [root, answers] = [await question(/lobby\/e-1$/), await question('/replies')];
  const answer = message(120, { reply_to: 'e-1', edited: 'later' });
  room.hear(message(120, { reply_to: 'e-1' }));
  root.answer(message(1, { replies: 1 }));
  answers.answer({ messages: [answer] });
  await settle();
  assert.deepEqual([thread.count, thread.messages], [1, [answer]]);
});

test('one may say differently what is one’s own, for as long as the server lets one', async (t) => {
  const at = '2026-11-20T08:00:00.000Z';
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse(at) + 60_000 });
  const room = await opened([1]);
  const about = { id: 'lobby', title: 'lobby', kind: 'public', history: 'all', post: 'everyone', members: 1, may: ['say'] } as const;
  const mine = message(2, { by: ann, at });
  const may = () => [mine, message(3, { by: ben, at }), { ...mine, deleted: at }].map((message) => room.mayEdit(message));
  room.describe(about);
  assert.deepEqual(may(), [true, false, false]);
  room.describe({ ...about, edit_window: 60 });
  assert.deepEqual(may(), [true, false, false]);
  t.mock.timers.tick(1);
  assert.deepEqual(may(), [false, false, false]);
  room.describe({ ...about, may: [] });
  t.mock.timers.setTime(Date.parse(at));
  assert.deepEqual(may(), [false, false, false]);
});

test('whoever is seen in a public room and is not among its people is asked for, once', async () => {
  const room = await opened([1]);
  const member = (name: string) => ({ id: name, name, role: 'guest', room_role: 'member' });
  const loading = room.loadMembers();
  (await question('/people')).answer({ people: [member('ann')] });
  await loading;
  room.heardHere({ count: 2, people: ['ann', 'ben'] });
  (await question('/people')).answer({ people: [member('ann'), member('ben')] });
  await settle();
  assert.deepEqual(room.members?.map(({ id }) => id), ['ann', 'ben']);
  // Somebody who listens from outside.
  room.heardHere({ count: 3, people: ['ann', 'ben', 'eve'] });
  (await question('/people')).answer({ people: [member('ann'), member('ben')] });
  room.heardHere({ count: 3, people: ['ann', 'ben', 'eve'] });
  assert.equal(await isAsked('/people'), false);
  room.hear(message(2, { by: { id: 'cleo', name: 'Cleo' } }));
  assert.equal(await isAsked('/people'), true);
  asked.splice(0);
});

test('who is in a room, and how far they have read, is what is true after the last that was told', async () => {
  const room = await opened([1]);
  const member = (name: string, read?: string) => ({ id: name, name, role: 'guest', room_role: 'member', ...(read ? { read } : {}) });
  const loading = room.loadMembers();
  const early = await question('/people');
  room.heardRead({ room: 'lobby', person: 'ben', id: 'e-95' });
  early.answer({ people: [member('ann'), member('ben', 'e-80')] });
  await loading;
  assert.equal(room.reads.get('ben'), 'e-95', 'the line knew more');
  const told = (id: string, change: 'added' | 'left') =>
    room.who.heard('lobby', { id: 'e-96', room: 'lobby', person: { id, name: id }, change });
  for (const [before, change, after] of [[['ann', 'ben', 'cleo'], 'added', ['ann', 'ben', 'cleo', 'eve']], [['ann', 'ben', 'cleo', 'eve'], 'left', ['ann', 'ben', 'cleo']]] as const) {
    told('cleo', 'added');
    const asks = await question('/people');
    told('eve', change);
    asks.answer({ people: before.map((name) => member(name)) });
    (await question('/people')).answer({ people: after.map((name) => member(name)) });
    await settle();
    assert.deepEqual(room.members?.map(({ id }) => id), after);
    assert.equal(await isAsked('/people'), false);
  }
});

test('a room that one only looks into asks for nothing', async () => {
  const room = await opened([1]);
  room.hear(message(2));
  assert.equal(room.unread, 1);
  assert.deepEqual([room.badge, room.quiet], [0, false]);
});
