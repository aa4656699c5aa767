/**
 * Over plain HTTP by an address, as phones in a home or an office have it: browsers hold back what they give to secure
 * pages only (crypto.subtle, randomUUID, the clipboard, locks, workers). The network is one that the test makes itself.
 */
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch, open, phone } from './chromium.mjs';
import { giveName, part, row, say, showsRows } from './page.mjs';
import { Server } from './server.mjs';

/** Set within the network of the test's own, where this file runs again. */
const INSIDE = 'OPENLINE_TEST_NETWORK';
/** An address of nobody's (RFC 5737). */
const ADDRESS = '192.0.2.7';

if (process.env[INSIDE]) {
  const browser = await launch();
  test('two people talk by an address that is not this machine itself', async (t) => {
    const server = await Server.start(t, { listen: `${ADDRESS}:0` });
    assert.ok(server.url.startsWith(`http://${ADDRESS}:`), server.url);
    const ann = await open(t, browser, server.url);
    assert.equal(await ann.evaluate(() => isSecureContext), false);
    await giveName(ann, 'Ann');
    const bob = await open(t, browser, `${server.url}/rooms/lobby`, { viewport: phone, hasTouch: true });
    await giveName(bob, 'Bob');
    await say(ann, 'one');
    await row(ann, 'one', 'sent');
    await say(bob, 'two');
    await row(bob, 'two', 'sent');
    for (const page of [ann, bob]) await showsRows(page, ['sent: one', 'sent: two']);
    await ann.fill(part('composer'), 'kept');
    await ann.reload();
    await row(ann, 'two', 'sent');
    assert.equal(await ann.inputValue(part('composer')), 'kept');
    assert.deepEqual([...ann.faults, ...bob.faults], []);
  });
} else {
  test('the page works over plain HTTP by an address', async () => {
    const inside = 'ip link set lo up && ip addr add "$0/24" dev lo && exec "$1" --test "$2"';
    const arguments_ = ['--user', '--map-root-user', '--net', 'sh', '-ec', inside, ADDRESS, process.execPath];
    const child = spawn('unshare', [...arguments_, fileURLToPath(import.meta.url)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, [INSIDE]: '1', NODE_TEST_CONTEXT: undefined },
    });
    const said = Promise.all([child.stdout.toArray(), child.stderr.toArray()]);
    const [code] = await once(child, 'exit');
    assert.equal(code, 0, (await said).map((chunks) => Buffer.concat(chunks)).join('\n'));
  });
}
