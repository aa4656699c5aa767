import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Me, Message } from 'openline';
import { Drafts } from '../src/state/drafts.svelte.ts';
import { Editing } from '../src/state/editing.svelte.ts';
import { me } from '../src/state/me.svelte.ts';
import { Room } from '../src/state/room.svelte.ts';
import { tab } from '../src/state/storage.ts';
import { question, settle } from './answers.ts';

const person = (id: string): Me => ({ id, name: id, role: 'guest', session: 's' });
const message = (id: string, body: string): Message => ({ id, room: 'lobby', at: '', body });
/** What the page knows after it was loaded again. */
const reloaded = () => new Drafts(() => 'lobby');

beforeEach(() => {
  for (const name of tab.names('draft ')) tab.remove(name);
  me.person = person('ann');
});

test('drafts are of a person: whoever comes next in this tab does not see them', () => {
  reloaded().set('a secret');
  assert.equal(reloaded().of(), 'a secret');
  me.person = person('ben');
  assert.equal(reloaded().of(), undefined);
});

test('the room and each thread have a draft of their own', () => {
  const drafts = reloaded();
  drafts.set('to all');
  drafts.set('to few', 'e-1');
  assert.deepEqual([reloaded().of(), reloaded().of('e-1'), reloaded().of('e-2')], ['to all', 'to few', undefined]);
});

test('a draft goes along when a room turns out to have another id, and stays nowhere else', () => {
  const room = new Room('old-name');
  room.draft = 'written early';
  room.describe({ id: 'r-1', name: 'new-name', title: 'new-name', kind: 'public', history: 'all', post: 'everyone', members: 1 });
  assert.equal(room.draft, 'written early');
  room.draft = '';
  assert.equal(new Room('old-name').draft, '');
  assert.equal(new Room('r-1').draft, '');
});

test('an edit keeps its words over a reload and while another message is edited, until it is given up', () => {
  const editing = new Editing(reloaded());
  editing.begin(message('e-1', 'frist'));
  assert.equal(editing.text, 'frist');
  editing.text = 'first and';
  editing.begin(message('e-2', 'secnod'), true);
  editing.text = '';
  const again = new Editing(reloaded());
  assert.deepEqual([again.message?.id, again.inThread, again.text], ['e-2', true, '']);
  again.begin(message('e-1', 'frist'));
  assert.equal(again.text, 'first and');
  again.cancel();
  again.begin(message('e-1', 'frist'));
  assert.equal(again.text, 'frist');
});

test('a refused edit comes back with its words, also when one has been elsewhere, but not over another edit', async () => {
  const room = new Room('lobby');
  const which = () => room.editing.message?.id;
  const edit = async (id: string, text: string, isTaken: boolean, meanwhile = () => {}) => {
    room.editing.begin(message(id, 'before'));
    room.editing.text = text;
    const saving = room.saveEdit();
    const asked = await question('PATCH /rooms/lobby/');
    meanwhile();
    if (isTaken) asked.answer(message(id, text));
    else asked.answer({ code: 'edit-too-late', title: 'Too late' }, 403);
    await saving;
    await settle();
  };
  await edit('e-1', 'after', true);
  assert.equal(which(), undefined);
  assert.equal(reloaded().of('edit e-1'), undefined);
  await edit('e-2', 'refused', false);
  assert.deepEqual([which(), room.editing.text], ['e-2', 'refused']);
  await edit('e-3', 'refused, too', false, () => room.editing.begin(message('e-4', 'another')));
  assert.deepEqual([which(), room.editing.text], ['e-4', 'another']);
  room.editing.begin(message('e-3', 'before'));
  assert.equal(room.editing.text, 'refused, too');
});
