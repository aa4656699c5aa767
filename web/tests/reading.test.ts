import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Membership } from 'openline';
import { type Counted, Reading } from '../src/state/reading.svelte.ts';
import { settle } from './answers.ts';

const mark = (read: string, more: Partial<Membership> = {}): Membership => ({
  ...{ joined: true, role: 'member', level: 'all', read, unread: 0, mentions: 0, last: read },
  ...more,
});

const told = (id: string, mentionsMe = false): Counted => ({ id, at: `at ${id}`, isOwn: false, mentionsMe });

/** Somebody who has just seen a first message, and the server's answer to their mark, which is on its way. */
function reader() {
  let answer: (mark: Membership) => void = () => {};
  const answered = () => new Promise<Membership>((resolve) => (answer = resolve));
  const reading = new Reading(answered, answered);
  reading.heard(told('e-1'));
  reading.saw('e-1');
  return { reading, answer: (mark: Membership) => (answer(mark), settle()) };
}

test('a mark that did not get through goes once the server can be reached again, and only the last', async () => {
  const told: string[] = [];
  let isLost = true;
  const tell = async (id: string) => {
    told.push(id);
    if (isLost) throw new TypeError('Failed to fetch');
    return mark(id);
  };
  const reading = new Reading(tell, async () => mark('e-1'));
  reading.saw('e-5');
  await settle();
  assert.deepEqual(told, ['e-5']);
  isLost = false;
  reading.again();
  await settle();
  // Not at once: between two marks there is a pause, and this is the second.
  reading.leave();
  await settle();
  assert.deepEqual(told, ['e-5', 'e-5']);
  reading.again();
  reading.leave();
  await settle();
  assert.deepEqual(told, ['e-5', 'e-5']);
});

test('what the answer to a mark has counted is not counted again when the line tells it', async () => {
  const { reading, answer } = reader();
  await answer(mark('e-1', { unread: 1, mentions: 1, last: 'e-2', last_at: 'at e-2' }));
  assert.deepEqual([reading.unread, reading.lastAt], [1, 'at e-2']);
  reading.heard(told('e-2', true));
  assert.deepEqual([reading.unread, reading.mentions], [1, 1]);
  reading.heard(told('e-3'));
  assert.deepEqual([reading.unread, reading.mentions, reading.last], [2, 1, 'e-3']);
});

test('what the line has told while an answer was on its way counts, whether or not the server knew of it', async () => {
  for (const [unread, known] of ['e-1', 'e-2', 'e-3'].entries()) {
    const { reading, answer } = reader();
    reading.heard(told('e-2', true));
    reading.heard(told('e-3'));
    assert.deepEqual([reading.unread, reading.mentions], [2, 1]);
    await answer(mark('e-1', { unread, mentions: Math.min(1, unread), last: known }));
    assert.deepEqual([reading.unread, reading.mentions, reading.last], [2, 1, 'e-3'], `the server knew ${known}`);
  }
});
