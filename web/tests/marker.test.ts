import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { Marker } from '../src/state/marker.ts';

let told: string[];
const marker = () => new Marker((id, isLeaving) => told.push(isLeaving ? `${id}!` : id));

beforeEach(() => {
  told = [];
  mock.timers.enable({ apis: ['setTimeout'] });
});

afterEach(() => mock.timers.reset());

test('the first mark is told at once, then the last of each two seconds', () => {
  const mark = marker();
  for (const id of ['1', '2', '3']) mark.want(id);
  assert.deepEqual(told, ['1']);
  mock.timers.tick(1_999);
  assert.deepEqual(told, ['1']);
  mock.timers.tick(1);
  assert.deepEqual(told, ['1', '3']);
  mock.timers.tick(10_000);
  assert.deepEqual(told, ['1', '3']);
  mark.want('4');
  assert.deepEqual(told, ['1', '3', '4']);
});

test('who leaves tells what was not told, once', () => {
  const mark = marker();
  mark.want('1');
  mark.want('2');
  mark.leave();
  mark.leave();
  mock.timers.tick(2_000);
  assert.deepEqual(told, ['1', '2!']);
});
