import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { asked } from './answers.ts';

mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: Date.parse('2026-11-20T08:00:00Z') });
const { presence } = await import('../src/state/presence.svelte.ts');

beforeEach(() => asked.splice(0));
afterEach(() => presence.forget('lobby'));

const told = () => asked.map(({ body }) => (body as { state: string }).state);

test('who stays away says so again before servers forget it', () => {
  presence.start();
  mock.timers.tick(5 * 60_000 + 5_000);
  assert.deepEqual(told(), ['away']);
  mock.timers.tick(5 * 60_000);
  assert.deepEqual(told(), ['away', 'away']);
});

test('of a room that one has left nobody is believed to be here for ever', () => {
  presence.heardHere({ room: 'lobby', people: ['ann', 'ben'] });
  presence.heardHere({ room: 'garden', people: ['ann'] });
  assert.equal(presence.of('ben'), 'online');
  presence.forget('lobby');
  mock.timers.tick(70_000);
  assert.equal(presence.of('ben'), 'offline');
  assert.equal(presence.of('ann'), 'online');
});
