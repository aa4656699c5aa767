import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { isAsked, question, settle } from './answers.ts';

// Nobody gets tired of waiting by themselves.
mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
/** Says something on the line that was opened last. */
let say: (event: object) => void = () => {};
Object.assign(globalThis, {
  WebSocket: class {
    onmessage = (_: { data: string }) => {};
    constructor() {
      say = (event) => this.onmessage({ data: JSON.stringify(event) });
    }
    close() {}
  },
});

const { connection } = await import('../src/state/connection.svelte.ts');
const { server } = await import('../src/state/server.ts');

test('what waits to be asked again is asked when the line is open, and then nothing is down', async () => {
  connection.start('e-5', { onEvents() {}, onOpen() {}, onWake() {}, onRefused() {} });
  const asking = connection.insist(() => server.me.get());
  (await question('/me')).fail();
  await settle();
  assert.equal(await isAsked('/me'), false);
  assert.equal(connection.down, true);

  say({ hello: { connection: 'c', client: 'x', head: 'e-5' } });
  assert.equal(connection.down, true, 'it is not known yet');
  (await question('/me')).answer({ person: null });
  await asking;
  assert.equal(connection.down, false);
  connection.stop();
});
