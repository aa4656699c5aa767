/** The first minute on a slow phone and a slow line: named, and the first message sent. */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { launch, phone, visitor } from './chromium.mjs';
import { part, row, say } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

/** Milliseconds within which a person can be named and heard. */
const ENOUGH = 5000;

test('with a processor of a quarter and 400 kbit/s the page is used within five seconds', async (t) => {
  const server = await Server.start(t);
  const { context } = await visitor(t, browser, { viewport: phone, hasTouch: true, isMobile: true });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await devtools.send('Network.enable');
  const bytes = (400 * 1000) / 8;
  await devtools.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 400,
    downloadThroughput: bytes,
    uploadThroughput: bytes,
  });
  const began = Date.now();
  await page.goto(server.url, { waitUntil: 'commit' });
  await page.fill(part('name-field'), 'Ann');
  await page.click(part('name-button'));
  await page.locator(part('composer')).waitFor();
  await say(page, 'from a lift');
  await row(page, 'from a lift', 'sent');
  const took = Date.now() - began;
  t.diagnostic(`named, and the first message kept, after ${took} ms`);
  // The bound is for a machine that does nothing else; a busy one may take three times as long.
  assert.ok(took < 3 * ENOUGH, `${took} ms`);
});
