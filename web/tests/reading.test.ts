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

/** Somebody who has just seen a first message, and the answers that are on their way to them, that to their mark first. */
function reader() {
  const awaited: ((mark: Membership) => void)[] = [];
  const asked = () => new Promise<Membership>((resolve) => awaited.push(resolve));
  const reading = new Reading(asked, asked);
  reading.heard(told('e-1'));
  reading.saw('e-1');
  const answer = (mark: Membership, place = 0) => (awaited.splice(place, 1)[0]?.(mark), settle());
  return { reading, answer, awaited };
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

test('what is deleted while answers are on their way does not come back', async () => {
  const { reading, answer } = reader();
  reading.heard(told('e-2'));
  reading.changed('e-2');
  await answer(mark('e-1'));
  await answer(mark('e-1'));
  assert.equal(reading.unread, 0);
});

test('an answer that another has overtaken says nothing any more', async () => {
  const { reading, answer } = reader();
  reading.heard(told('e-2'));
  reading.changed('e-2');
  await answer(mark('e-1', { unread: 2, last: 'e-4' }), 1);
  await answer(mark('e-1', { unread: 1, last: 'e-3' }));
  assert.equal(reading.unread, 2);
  reading.heard(told('e-4'));
  assert.equal(reading.unread, 2);
});

test('a list that comes while an answer is on its way is not undone by it', async () => {
  const { reading, answer, awaited } = reader();
  reading.become(mark('e-1', { unread: 2, last: 'e-3' }), 'e-3');
  assert.deepEqual([reading.unread, awaited.length], [2, 2], 'it asks anew');
  await answer(mark('e-1', { unread: 1, last: 'e-2' }));
  await answer(mark('e-1', { unread: 2, last: 'e-3' }));
  reading.heard(told('e-3'));
  assert.equal(reading.unread, 2);
});

test('what was said on both sides of a new epoch is counted once', async () => {
  const before = reader();
  before.reading.heard(told('f-2'));
  await before.answer(mark('e-1'));
  assert.deepEqual([before.reading.unread, before.reading.last], [1, 'f-2'], 'the server did not know of it');
  const after = reader();
  await after.answer(mark('e-1', { unread: 1, last: 'f-2' }));
  after.reading.heard(told('f-2'));
  assert.equal(after.reading.unread, 1);
});
