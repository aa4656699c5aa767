import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from 'openline';
import { answered, deleted, edited, hasReacted, mentions, reacted } from '../src/state/changes.ts';

const ann = { id: 'ann', name: 'Ann' };
const bob = { id: 'bob', name: 'Bob' };
const at = '2026-11-20T08:00:00Z';

const message = (number: number, part: Partial<Message> = {}): Message => ({ id: `e-${number}`, room: 'lobby', at, by: ann, body: `${number}`, ...part });
const list = [message(1), message(2, { reply_to: 'e-1', quote: { id: 'e-1', by: ann, body: '1' } }), message(3)];
const thumb = { message: 'e-1', emoji: '👍', by: bob, on: true, count: 1 };

test('what changes elsewhere changes nothing here', () => {
  assert.equal(edited(list, message(9)), list);
  assert.equal(deleted(list, { message: { id: 'e-9', deleted: at, gone: true } }), list);
  assert.equal(reacted(list, { ...thumb, message: 'e-9' }), list);
  assert.equal(answered(list, 'e-9'), list);
});

test('an edit changes the message and where it is quoted, at most 200 characters of it', () => {
  const after = edited(list, message(1, { body: '🦊'.repeat(300), edited: at }));
  assert.equal(after[0]?.body?.length, 600);
  assert.equal(after[1]?.quote?.body, '🦊'.repeat(200));
  assert.equal(after[2], list[2]);
});

test('a deletion, and a later edit, beat an edit that comes late', () => {
  const later = edited(list, message(1, { body: 'later', edited: '2026-11-20T09:00:00Z' }));
  assert.equal(edited(later, message(1, { body: 'earlier', edited: '2026-11-20T08:30:00Z' }))[0]?.body, 'later');
  const tombstone: Message = { id: 'e-1', room: 'lobby', at, deleted: at };
  const gone = deleted(list, { message: tombstone });
  assert.deepEqual(edited(gone, message(1, { body: 'late', edited: at }))[0], tombstone);
});

test('of a deleted message nothing is left, not in quotes either', () => {
  const after = deleted(list, { message: { id: 'e-1', deleted: at, gone: true } });
  assert.deepEqual(after.map(({ id }) => id), ['e-2', 'e-3']);
  assert.deepEqual(after[0]?.quote, { id: 'e-1', by: ann, deleted: true });
  assert.equal(deleted(after, { message: { id: 'e-1', deleted: at, gone: true } }).length, 2);
});

test('a reaction counts as the server says, and doing it twice is doing it once', () => {
  const once = reacted(list, thumb, 'ann');
  assert.deepEqual(once[0]?.reactions, [{ emoji: '👍', count: 1, by: [bob] }]);
  assert.deepEqual(reacted(once, thumb, 'ann'), once);
  const both = reacted(once, { ...thumb, by: ann, count: 2 }, 'ann');
  assert.deepEqual(both[0]?.reactions, [{ emoji: '👍', count: 2, by: [bob, ann], mine: true }]);
  const back = reacted(both, { ...thumb, on: false, count: 1 }, 'ann');
  assert.deepEqual(back[0]?.reactions, [{ emoji: '👍', count: 1, by: [ann], mine: true }]);
  assert.equal(reacted(back, { ...thumb, by: ann, on: false, count: 0 }, 'ann')[0]?.reactions, undefined);
});

test('which reactions are one’s own is known beyond the first who are named, and outlives what a line tells', () => {
  const crowd = message(1, { reactions: [{ emoji: '👍', count: 80, by: [bob], mine: true }] });
  assert.ok(hasReacted(crowd, '👍', 'ann'));
  assert.ok(!hasReacted(crowd, '🎉', 'ann'));
  const told = message(1, { body: 'edited', reactions: [{ emoji: '👍', count: 80, by: [bob] }] });
  const [after] = edited([crowd], told);
  assert.ok(after && hasReacted(after, '👍', 'ann'));
});

test('which reactions are one’s own is known of a tombstone, too', () => {
  const reactions = [{ emoji: '👍', count: 60, by: [bob] }];
  const before = [message(1, { reactions: reactions.map((reaction) => ({ ...reaction, mine: true as const })) })];
  const after = deleted(before, { message: { id: 'e-1', room: 'lobby', at, deleted: at, reactions } });
  assert.deepEqual([after[0]?.body, hasReacted(after[0] as Message, '👍', 'ann')], [undefined, true]);
});

test('a message is for those whom it names, or for all', () => {
  assert.ok(mentions(message(1, { mentions: [bob] }), 'bob'));
  assert.ok(!mentions(message(1, { mentions: [bob] }), 'ann'));
  assert.ok(mentions(message(1, { mentions_all: true }), 'ann'));
});
