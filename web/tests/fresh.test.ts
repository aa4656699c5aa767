import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError, type Page } from 'openline';
import { fresh } from '../src/state/fresh.ts';

const page = (head: string): Page => ({ room: 'lobby', messages: [], head });

test('a page that is older than what the line has told is asked for again', async () => {
  const heads = ['e-8', 'e-9', 'e-10', 'e-11'];
  const read = await fresh(async () => page(heads.shift() ?? ''), 'e-10');
  assert.equal(read.head, 'e-10');
  assert.deepEqual(heads, ['e-11']);
});

test('before the line has told anything, and after the log went back, any page is new enough', async () => {
  assert.equal((await fresh(async () => page('e-1'), undefined)).head, 'e-1');
  assert.equal((await fresh(async () => page('f-1'), 'e-10')).head, 'f-1');
});

test('a server that stays behind counts as one that cannot be reached', async () => {
  const isBroken = (error: unknown) => error instanceof ProblemError && error.mayPass;
  await assert.rejects(fresh(async () => page('e-1'), 'e-10'), isBroken);
});
