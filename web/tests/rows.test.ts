import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from 'openline';
import { isBeyond, withMessage, withNewer, withOlder } from '../src/state/order.ts';
import { rowsOf, type MessageRow, type RowSource } from '../src/state/rows.ts';

const ann = { id: 'ann', name: 'Ann' };
const bob = { id: 'bob', name: 'Bob' };
const noon = new Date(2026, 10, 20, 12, 0).getTime();

const at = (minutes: number) => new Date(noon + minutes * 60_000).toISOString();
const message = (number: number, minutes = 0, by = ann): Message => ({
  id: `e-${number}`,
  room: 'lobby',
  at: at(minutes),
  by,
  body: String(number),
});
const source = (part: Partial<RowSource>): RowSource => ({
  messages: [],
  entries: [],
  room: 'lobby',
  me: ann,
  sentKeys: new Map(),
  ...part,
});
const messageRows = (part: Partial<RowSource>) =>
  rowsOf(source(part)).filter((row): row is MessageRow => row.kind === 'message');
const ids = (list: readonly Message[]) => list.map(({ id }) => id);

test('a message goes to its place in the log, whichever way it came first', () => {
  let list = [message(1), message(2)];
  list = [...withMessage(list, message(5))];
  list = [...withMessage(list, message(4))];
  list = [...withMessage(list, message(5))];
  assert.deepEqual(ids(list), ['e-1', 'e-2', 'e-4', 'e-5']);
});

test('another epoch comes after what is known, even with smaller numbers', () => {
  const list = withMessage([message(8), message(9)], { ...message(3), id: 'f-3' });
  assert.deepEqual(ids(list), ['e-8', 'e-9', 'f-3']);
});

test('beyond a page is what has a greater number of the same epoch', () => {
  assert.deepEqual([3, 4, 5].map((number) => isBeyond(message(number), 'e-4')), [false, false, true]);
  assert.ok(!isBeyond({ ...message(9), id: 'f-9' }, 'e-4'));
});

test('older messages come before, newer after, and none twice', () => {
  assert.deepEqual(ids(withNewer([message(1)], [message(1), message(2)])), ['e-1', 'e-2']);
  assert.deepEqual(ids(withOlder([message(3)], [message(1), message(2), message(3)])), ['e-1', 'e-2', 'e-3']);
});

test('a group is one author within five minutes', () => {
  const rows = messageRows({
    messages: [message(1), message(2, 4.9), message(3, 9.95), message(4, 10, bob), message(5, 10.1)],
  });
  assert.deepEqual(rows.map(({ leads }) => leads), [true, false, true, true, true]);
});

test('a day begins with a line, and with a new group', () => {
  const midnight = 12 * 60;
  const rows = rowsOf(source({ messages: [message(1, midnight - 1), message(2, midnight + 1)] }));
  assert.deepEqual(rows.map(({ kind }) => kind), ['day', 'message', 'day', 'message']);
  assert.ok(rows.every((row) => row.kind !== 'message' || row.leads));
});

test('a row keeps its key from being written to being stored', () => {
  const entry = { key: 'k', room: 'lobby', order: 1, body: '1', at: at(0), state: 'sending' } as const;
  const before = messageRows({ entries: [entry] })[0];
  const after = messageRows({ messages: [message(1)], sentKeys: new Map([['e-1', 'k']]) })[0];
  assert.equal(before?.state, 'sending');
  assert.equal(after?.state, 'sent');
  assert.equal(before?.key, after?.key);
});

test('keys differ, even when clocks do and a day seems to come twice', () => {
  const entry = { key: 'k', room: 'lobby', order: 1, body: '1', at: at(-24 * 60), state: 'waiting' } as const;
  const keys = rowsOf(source({ messages: [message(1), message(2)], entries: [entry] })).map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length);
});

test('the last stored message of one’s own has the tick', () => {
  const rows = messageRows({ messages: [message(1), message(2), message(3, 0, bob)] });
  assert.deepEqual(rows.map(({ marked }) => marked), [false, true, false]);
});

const unreadAt = (part: Partial<RowSource>) => {
  const rows = rowsOf(source(part));
  const at = rows.findIndex(({ kind }) => kind === 'unread');
  const next = rows[at + 1];
  return at < 0 || next?.kind !== 'message' ? undefined : next.message.id;
};

test('the divider stands before the first message of somebody else that is new, and never before one’s own', () => {
  const messages = [message(1, 0, bob), message(2), message(3), message(4, 0, bob), message(5, 0, bob)];
  assert.equal(unreadAt({ messages }), undefined);
  assert.equal(unreadAt({ messages, divider: 'e-1' }), 'e-4');
  assert.equal(unreadAt({ messages, divider: 'e-4' }), 'e-5');
  assert.equal(unreadAt({ messages, divider: 'e-5' }), undefined);
  // It was read up to a message that has been deleted since.
  assert.equal(unreadAt({ messages: messages.toSpliced(3, 1), divider: 'e-4' }), 'e-5');
});

test('the divider is not drawn before it is reached', () => {
  const messages = [message(7, 0, bob), message(8, 0, bob)];
  assert.equal(unreadAt({ messages, divider: 'e-3', hasOlder: true }), undefined);
  assert.equal(unreadAt({ messages, divider: 'e-3', hasOlder: false }), 'e-7');
});

test('who has read one’s last message stands at it', () => {
  const part = { messages: [message(1), message(2), message(3, 0, bob)], members: [ann, bob], reads: new Map([['bob', 'e-3'], ['ann', 'e-3']]) };
  assert.deepEqual(messageRows(part).map(({ readBy }) => readBy.map(({ id }) => id)), [[], ['bob'], []]);
  assert.deepEqual(messageRows({ ...part, reads: new Map([['bob', 'e-1']]) })[1]?.readBy, []);
});

test('where newer messages are not loaded there is a line, and what is on its way stands after it', () => {
  const entry = (key: string) => ({ key, room: 'lobby', body: key, at: at(9), order: 1, state: 'waiting' as const });
  const kinds = (part: Partial<RowSource>) => rowsOf(source(part)).map(({ kind, key }) => (kind === 'message' ? key : kind));
  assert.deepEqual(kinds({ messages: [message(1)], hasNewer: true }), ['day', 'e-1', 'gap']);
  assert.deepEqual(kinds({ messages: [message(1)], entries: [entry('a')], hasNewer: true }), ['day', 'e-1', 'gap', 'day', 'a']);
  assert.deepEqual(kinds({ messages: [message(1)], entries: [entry('a')] }), ['day', 'e-1', 'a']);
});
