import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import type { Room as About } from 'openline';
import { MemoryKept } from '../src/state/kept.ts';
import { Snapshots } from '../src/state/snapshots.ts';

const about: About = { id: '~r', title: 'Plans', kind: 'private', history: 'all', post: 'everyone', members: 2 };
const me = { joined: true, role: 'member', level: 'all', unread: 0, mentions: 0 } as const;
const history = { messages: [{ id: 'e-1', room: '~r', at: '', body: 'a secret' }], head: 'e-1', hasNewer: false };

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

test('a hidden room that one was removed from is not kept again, whatever was to be kept of it', async () => {
  const kept = new MemoryKept();
  const snapshots = new Snapshots(kept);
  const room: { id: string; about: About; history: typeof history } = { id: '~r', about: { ...about, me }, history };
  snapshots.keepRoom(room);
  mock.timers.tick(1_000);
  assert.equal((await kept.all('rooms')).length, 1);
  snapshots.keepRoom(room);
  snapshots.dropRoom(room);
  mock.timers.tick(1_000);
  assert.deepEqual(await kept.all('rooms'), []);
  // The last that is heard of it.
  room.about = about;
  snapshots.keepRoom(room);
  mock.timers.tick(1_000);
  assert.deepEqual(await kept.all('rooms'), []);
});
