import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { ProblemError, type Draft, type Message } from 'openline';
import { underLease } from '../src/state/alone.ts';
import { MemoryKept } from '../src/state/kept.ts';
import { Outbox, type Entry } from '../src/state/outbox.ts';
import type { Storage } from '../src/state/storage.ts';
import { Unkept } from '../src/state/unkept.ts';

type Answer = 'stored' | 'no network' | ProblemError;

let kept: MemoryKept;
let storage: Map<string, string>;
let posts: (Draft & { room: string })[];
let stored: string[];
let answer: Answer;
/** Whether a tab is at work: there is never more than one. */
let atWork: boolean;

/** A tab: its outbox, and what it shows. */
interface Tab {
  readonly outbox: Outbox;
  entries: readonly Entry[];
}

async function open(): Promise<Tab> {
  const tab = { entries: [] } as unknown as { outbox: Outbox; entries: readonly Entry[] };
  tab.outbox = new Outbox({
    kept,
    unkept: new Unkept(area(storage), 'u-ann'),
    post: async (room, draft) => {
      assert.ok(!atWork, 'two tabs send at once');
      atWork = true;
      await settle(2);
      atWork = false;
      posts.push({ room, ...draft });
      if (answer === 'no network') throw new TypeError('Failed to fetch');
      if (answer !== 'stored') throw answer;
      return { id: `e-${posts.length}`, room, at: '', ...draft };
    },
    alone: (what, work) => underLease(what, kept, work),
    onChange: (entries) => (tab.entries = entries),
    onStored: (_, message: Message) => stored.push(message.body ?? ''),
    onKept: () => {},
  });
  await tab.outbox.start();
  tab.outbox.release();
  return tab;
}

/** A browser's storage, as far as the outbox needs it. */
const area = (map: Map<string, string>): Storage => ({
  get: (name) => map.get(name),
  set: (name, value) => void map.set(name, value),
  remove: (name) => void map.delete(name),
  names: (prefix) => [...map.keys()].filter((name) => name.startsWith(prefix)),
});

/** Lets all that is ready run. */
async function settle(turns = 200): Promise<void> {
  for (let i = 0; i < turns; i += 1) await Promise.resolve();
}
const states = ({ entries }: Tab) => entries.map(({ state }) => state);
const left = () => kept.all('outbox').then(({ length }) => length);
const say = ({ outbox }: Tab, body: string, room = 'lobby') => outbox.add(room, { body });

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: Date.parse('2026-11-20T08:00:00Z') });
  kept = new MemoryKept();
  storage = new Map();
  [posts, stored, answer, atWork] = [[], [], 'stored', false];
});

afterEach(() => mock.timers.reset());

test('what is written is sent in order and then forgotten', async () => {
  const tab = await open();
  say(tab, 'a');
  say(tab, 'b');
  assert.deepEqual(states(tab), ['sending', 'sending']);
  await settle();
  assert.deepEqual(stored, ['a', 'b']);
  assert.equal(tab.entries.length + (await left()), 0);
});

test('without a network it waits, and goes later in order under the same keys', async () => {
  answer = 'no network';
  const tab = await open();
  say(tab, 'a');
  say(tab, 'b');
  await settle();
  assert.deepEqual(states(tab), ['waiting', 'waiting']);
  const keys = tab.entries.map(({ key }) => key);
  answer = 'stored';
  mock.timers.tick(1000);
  await settle();
  assert.deepEqual(stored, ['a', 'b']);
  assert.deepEqual(posts.slice(-2).map(({ key }) => key), keys);
});

test('a reload keeps what waits, in its order, and nothing goes before it is certain whose it is', async () => {
  answer = 'no network';
  const before = await open();
  for (const word of ['a', 'b', 'c']) say(before, word);
  await settle();
  answer = 'stored';
  posts = [];
  const seen: string[][] = [];
  const outbox = new Outbox({
    kept,
    unkept: new Unkept(area(storage), 'u-ann'),
    post: async (room, draft) => ({ id: `f-${posts.push({ room, ...draft })}`, room, at: '', ...draft }),
    alone: (_, work) => work(),
    onChange: (entries) => seen.push(entries.map(({ state }) => state)),
    onStored: (_, { body = '' }) => stored.push(body),
    onKept: () => {},
  });
  await outbox.start();
  await settle();
  assert.deepEqual([seen.at(-1), posts], [['waiting', 'waiting', 'waiting'], []]);
  outbox.release();
  await settle();
  assert.deepEqual(stored, ['a', 'b', 'c']);
});

test('a page that ends before the browser has kept what was written loses nothing, whatever was kept of it', async () => {
  kept.put = () => new Promise(() => {});
  const before = await open();
  for (const word of ['a', 'b', 'c']) say(before, word);
  const [a, b] = before.entries;
  void before.outbox.remove(a?.key ?? '');
  await settle();
  assert.deepEqual(posts, []);
  kept = new MemoryKept();
  await kept.put('outbox', b?.key ?? '', b);
  const after = await open();
  await settle();
  assert.deepEqual([stored, posts.length, storage.size, await left()], [['b', 'c'], 2, 0, 0]);
  assert.equal(after.entries.length, 0);
});

test('of two tabs one sends, and what the other has sent is not sent again', async () => {
  answer = 'no network';
  const [one, two] = [await open(), await open()];
  for (const word of ['a', 'b', 'c']) say(one, word);
  await settle();
  await two.outbox.look();
  await settle();
  assert.deepEqual(states(two), ['waiting', 'waiting', 'waiting']);
  answer = 'stored';
  posts = [];
  one.outbox.flushAll();
  two.outbox.flushAll();
  for (let turn = 0; turn < 50; turn += 1) {
    mock.timers.tick(200);
    await settle();
  }
  assert.deepEqual(posts.map(({ body }) => body), ['a', 'b', 'c']);
  assert.deepEqual([one.entries.length, two.entries.length, await left()], [0, 0, 0]);
});

test('a tab that went without a word holds up the others only for a while', async () => {
  void underLease('outbox lobby', kept, () => new Promise(() => {}));
  await settle();
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: Date.parse('2026-11-20T08:00:00Z') });
  const tab = await open();
  say(tab, 'a');
  await settle();
  assert.deepEqual(stored, []);
  for (let turn = 0; turn < 40; turn += 1) {
    mock.timers.tick(200);
    await settle();
  }
  assert.deepEqual(stored, ['a']);
});

test('a room that has to wait does not hold up another', async () => {
  answer = new ProblemError(429, { title: 'Slowly, please' }, 30);
  const tab = await open();
  say(tab, 'a', 'slow');
  await settle();
  assert.deepEqual(tab.entries.map(({ state, reason }) => [state, reason]), [['waiting', 'Slowly, please']]);
  answer = 'stored';
  say(tab, 'b', 'lobby');
  await settle();
  assert.deepEqual(stored, ['b']);
  mock.timers.tick(30_000);
  await settle();
  assert.deepEqual(stored, ['b', 'a']);
});

test('a refusal stays until it is retried or deleted, and holds up nothing', async () => {
  answer = new ProblemError(403, { title: 'You may not write here', detail: 'Ask its owner.' });
  const tab = await open();
  say(tab, 'a');
  await settle();
  assert.deepEqual(tab.entries.map(({ reason }) => reason), ['You may not write here']);
  answer = 'stored';
  say(tab, 'b');
  await settle();
  assert.deepEqual(stored, ['b']);
  tab.outbox.retry(tab.entries[0]?.key ?? '');
  await settle();
  assert.deepEqual(stored, ['b', 'a']);
});

test('a busy server is asked again, no sooner than it wishes', async () => {
  answer = new ProblemError(503, {}, 7);
  const tab = await open();
  say(tab, 'a');
  await settle();
  assert.deepEqual(states(tab), ['waiting']);
  answer = 'stored';
  mock.timers.tick(6999);
  await settle();
  assert.equal(posts.length, 1);
  mock.timers.tick(1);
  await settle();
  assert.deepEqual(stored, ['a']);
});

test('what is older than its key is known for asks first', async () => {
  answer = 'no network';
  const before = await open();
  say(before, 'a');
  await settle();
  answer = 'stored';
  mock.timers.setTime(Date.now() + 7 * 24 * 3_600_000);
  posts = [];
  const tab = await open();
  await settle();
  assert.deepEqual([states(tab), posts], [['old'], []]);
  tab.outbox.retry(tab.entries[0]?.key ?? '');
  await settle();
  assert.deepEqual(stored, ['a']);
});

test('a message that was stored and deleted since is let go', async () => {
  answer = new ProblemError(410, {});
  const tab = await open();
  say(tab, 'a');
  await settle();
  assert.equal(tab.entries.length + (await left()), 0);
});

test('a broadcast that beats a refusal wins', async () => {
  answer = new ProblemError(403, {});
  const tab = await open();
  say(tab, 'a');
  tab.outbox.remove(tab.entries[0]?.key ?? '');
  await settle();
  assert.equal(tab.entries.length + (await left()), 0);
});
