import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, isLogged } from '../src/event.ts';
import { compareIds, parseId } from '../src/id.ts';
import { newKey } from '../src/key.ts';

test('a name that is not the server’s own is a message of that type', () => {
  const message = { id: '5f3a-1', room: 'lobby', at: '2026-11-20T08:00:00.123Z', type: 'build.done' };
  assert.deepEqual(decode('build.done', message), { name: 'message', message });
  assert.deepEqual(decode('message', message), { name: 'message', message });
});

test('an event of the server’s own has its object under its name', () => {
  const reaction = { id: '5f3a-2', room: 'lobby', message: '5f3a-1', emoji: '👍', by: { id: 'a', name: 'Ann' }, on: true, count: 1 };
  assert.deepEqual(decode('reaction', reaction), { name: 'reaction', reaction });
});

test('an own name that this client does not know is not taken for a message', () => {
  assert.deepEqual(decode('error', 1), { name: 'unknown', event: 'error', value: 1 });
});

test('what is logged has a place in the log; a signal has none, whatever its id is', () => {
  assert.ok(isLogged(decode('edit', { id: '5f3a-2' })));
  assert.ok(!isLogged(decode('read', { room: 'lobby', person: 'a', id: '5f3a-1' })));
});

test('ids are ordered inside an epoch, by number and not by letter', () => {
  assert.ok((compareIds('5f3a09c1-9', '5f3a09c1-10') ?? 0) < 0);
  assert.equal(compareIds('5f3a09c1-9', '5f3a09c1-9'), 0);
  assert.equal(compareIds('5f3a09c1-9', 'aaaaaaaa-10'), undefined);
});

test('what is no id is none', () => {
  for (const text of ['', '12', '5f3a-', '-1', 'xyz-1', '5f3a-1-2']) assert.equal(parseId(text), undefined, text);
});

test('keys are 128 bits and differ', () => {
  assert.match(newKey(), /^[0-9a-f]{32}$/);
  assert.notEqual(newKey(), newKey());
});
