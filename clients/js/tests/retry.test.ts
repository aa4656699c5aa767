import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { Backoff } from '../src/backoff.ts';
import { ProblemError } from '../src/problem.ts';
import { retry } from '../src/retry.ts';

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

/** Answers with these one after the other; an error is thrown. */
function answers(...list: unknown[]) {
  return async () => {
    const next = list.shift();
    if (next instanceof Error) throw next;
    return next;
  };
}

/** Ends every wait at once, and tells how long each was. */
function hurried() {
  const waits: number[] = [];
  const onFailure = (_: unknown, wait: number) => {
    waits.push(wait);
    // The wait begins after this.
    setImmediate(() => mock.timers.tick(wait));
  };
  return { waits, options: { onFailure, backoff: new Backoff(() => 1) } };
}

test('what may pass is tried again, as late as the server asks', async () => {
  const { waits, options } = hurried();
  const busy = new ProblemError(503, { code: 'closing' }, 7);
  assert.equal(await retry(answers(new TypeError('no network'), busy, 'done'), options), 'done');
  assert.deepEqual(waits, [500, 7000]);
});

test('a refusal for good is thrown at once', async () => {
  const refusal = new ProblemError(404, { code: 'no-such-room' });
  await assert.rejects(retry(answers(refusal, 'never')), refusal);
});

test('an abort ends the wait with its reason', async () => {
  const abort = new AbortController();
  const why = new Error('enough');
  const onFailure = () => setImmediate(() => abort.abort(why));
  await assert.rejects(retry(answers(new TypeError('no network')), { signal: abort.signal, onFailure }), why);
});
