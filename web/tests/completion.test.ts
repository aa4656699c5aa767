import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Completion } from '../src/composer/completion.svelte.ts';
import { language } from '../src/state/language.svelte.ts';
import { Room } from '../src/state/room.svelte.ts';
import { question, settle } from './answers.ts';

await language.begin();

const people = ['Mira', 'Samir'].map((name) => ({ id: name, name, role: 'guest', room_role: 'member' }));

async function completion() {
  const chosen: [string, number][] = [];
  const room = new Room('lobby');
  const one = new Completion(() => room, ({ text }, start) => chosen.push([text, start]));
  const loading = room.loadMembers();
  (await question('/people')).answer({ people });
  await loading;
  return { one, chosen, names: () => one.list.map(({ label }) => label) };
}

test('Esc keeps it closed while that word is written on; sending does not', async () => {
  const { one, names } = await completion();
  await one.follow('@mi', 3);
  assert.deepEqual(names(), ['Mira', 'Samir']);
  one.takes('Escape');
  await one.follow('@mir', 4);
  assert.deepEqual(names(), []);
  // Sent, and the next message begins where the last one did.
  one.close();
  await one.follow('@mi', 3);
  assert.deepEqual(names(), ['Mira', 'Samir']);
  // Left and come back to.
  one.close();
  await one.follow('@mi', 3);
  assert.deepEqual(names(), ['Mira', 'Samir']);
});

test('what is chosen takes the place of the word at which the caret is now', async () => {
  const { one, chosen, names } = await completion();
  await one.follow('@mira and @sa', 13);
  assert.deepEqual(names(), ['Samir']);
  await one.follow('@mira and @sa', 5);
  one.takes('Enter');
  assert.deepEqual(chosen, [['@Mira', 0]]);
  await settle();
});
