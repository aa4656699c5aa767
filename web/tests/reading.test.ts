import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mark } from 'openline';
import { Reading } from '../src/state/reading.svelte.ts';
import { settle } from './answers.ts';

const mark = (read: string): Mark => ({ read, unread: 0, mentions: 0, level: 'all' });

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
