import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { ProblemError, type Draft, type Message } from 'openline';
import { Outbox } from '../src/state/outbox.ts';
import type { Storage } from '../src/state/storage.ts';

class MapStorage implements Storage {
  readonly items = new Map<string, string>();
  get = (name: string) => this.items.get(name);
  set = (name: string, value: string) => void this.items.set(name, value);
  remove = (name: string) => void this.items.delete(name);
  names = (prefix: string) => [...this.items.keys()].filter((name) => name.startsWith(prefix));
}

type Answer = 'stored' | 'no network' | ProblemError;

let storage: MapStorage;
let posts: Draft[];
let stored: string[];
let answer: Answer;

function open(room = 'lobby') {
  return new Outbox({
    room,
    storage,
    post: async (draft) => {
      posts.push(draft);
      if (answer === 'no network') throw new TypeError('Failed to fetch');
      if (answer !== 'stored') throw answer;
      return { id: `e-${posts.length}`, room, at: '', ...draft };
    },
    onChange: () => {},
    onStored: (message: Message) => stored.push(message.body ?? ''),
  });
}

/** Lets all that is ready run. */
const settle = async () => {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
};
const states = (outbox: Outbox) => outbox.entries.map(({ state }) => state);

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  storage = new MapStorage();
  [posts, stored, answer] = [[], [], 'stored'];
});

afterEach(() => mock.timers.reset());

test('what is written is sent in order and then forgotten', async () => {
  const outbox = open();
  outbox.add('a');
  mock.timers.tick(1);
  outbox.add('b');
  assert.deepEqual(states(outbox), ['sending', 'sending']);
  await settle();
  assert.deepEqual(stored, ['a', 'b']);
  assert.equal(outbox.entries.length + storage.items.size, 0);
});

test('without a network it waits, and goes later in order under the same keys', async () => {
  answer = 'no network';
  const outbox = open();
  outbox.add('a');
  mock.timers.tick(1);
  outbox.add('b');
  await settle();
  assert.deepEqual(states(outbox), ['waiting', 'waiting']);
  const keys = outbox.entries.map(({ key }) => key);
  answer = 'stored';
  mock.timers.tick(1000);
  await settle();
  assert.deepEqual(stored, ['a', 'b']);
  assert.deepEqual(posts.slice(-2).map(({ key }) => key), keys);
});

test('a reload keeps what waits, and each room its own', async () => {
  answer = 'no network';
  open('lobby').add('a');
  await settle();
  answer = 'stored';
  assert.deepEqual(states(open('lobby')), ['waiting']);
  assert.equal(open('lob').entries.length, 0);
  await open('lobby').flush();
  assert.deepEqual(stored, ['a']);
});

test('a refusal stays until it is retried or deleted, and holds up nothing', async () => {
  answer = new ProblemError(403, { title: 'You may not write here', detail: 'Ask its owner.' });
  const outbox = open();
  outbox.add('a');
  await settle();
  assert.deepEqual(outbox.entries.map(({ reason }) => reason), ['You may not write here']);
  answer = 'stored';
  mock.timers.tick(1);
  outbox.add('b');
  await settle();
  assert.deepEqual(stored, ['b']);
  outbox.retry(outbox.entries[0]?.key ?? '');
  await settle();
  assert.deepEqual(stored, ['b', 'a']);
});

test('a busy server is asked again, no sooner than it wishes', async () => {
  answer = new ProblemError(503, {}, 7);
  const outbox = open();
  outbox.add('a');
  await settle();
  assert.deepEqual(states(outbox), ['waiting']);
  answer = 'stored';
  mock.timers.tick(6999);
  await settle();
  assert.equal(posts.length, 1);
  mock.timers.tick(1);
  await settle();
  assert.deepEqual(stored, ['a']);
});

test('a message that was stored and deleted since is let go', async () => {
  answer = new ProblemError(410, {});
  const outbox = open();
  outbox.add('a');
  await settle();
  assert.equal(outbox.entries.length + storage.items.size, 0);
});

test('a broadcast that beats a refusal wins', async () => {
  answer = new ProblemError(403, {});
  const outbox = open();
  outbox.add('a');
  outbox.remove(outbox.entries[0]?.key ?? '');
  await settle();
  assert.equal(outbox.entries.length + storage.items.size, 0);
});
