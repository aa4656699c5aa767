/** The first minute: one question, a room with a card that brings others in, and a page that is small. */
import assert from 'node:assert/strict';
import { get } from 'node:http';
import { createRequire } from 'node:module';
import { launch, onBoth, open, shows, visitor } from './chromium.mjs';
import { giveName, part, row, say } from './page.mjs';
import { inProject, output, Server } from './server.mjs';

const browser = await launch();

/** What may come before somebody has said something: scripts and styles, gzipped, in bytes. */
const MOST = 80 * 1024;

/** How many bytes a file is when it is gzipped, as the server sends it over plain HTTP. */
function bytes(url) {
  return new Promise((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': 'gzip' } }, async (answer) => {
      assert.equal(answer.headers['content-encoding'], 'gzip', url);
      resolve(Buffer.concat(await answer.toArray()).length);
    }).on('error', reject);
  });
}

for (const locale of ['en-GB', 'zh-CN']) {
  onBoth(`what is fetched up to the first message is small: ${locale}`, async (t, options) => {
    const server = await Server.start(t);
    const { context } = await visitor(t, browser, { ...options, locale, serviceWorkers: 'block' });
    const page = await context.newPage();
    const fetched = new Set();
    page.on('request', (request) => /\.(js|css)$/.test(request.url()) && fetched.add(request.url()));
    await page.goto(server.url);
    await giveName(page, 'Ann');
    // The card of the empty room, with all that it loads.
    await page.locator(`${part('empty-card')} ${part('qr')}`).waitFor();
    await say(page, 'hello');
    await row(page, 'hello', 'sent');
    const sizes = await Promise.all([...fetched].map(bytes));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    t.diagnostic(`${fetched.size} files, ${total} bytes`);
    assert.ok(fetched.size > 4 && total <= MOST, `${total} bytes: ${[...fetched].map((url, index) => `${sizes[index]} ${url}`).join(', ')}`);
  });
}

onBoth('the card of an empty room has its address, the code of that, and a line for a terminal', async (t, options) => {
  const server = await Server.start(t);
  const page = await open(t, browser, server.url, options);
  await giveName(page, 'Ann');
  const address = `${server.url}/rooms/lobby`;
  const card = page.locator(part('empty-card'));
  const lines = card.locator('code');
  await card.locator(part('qr')).waitFor();
  assert.deepEqual(await lines.allInnerTexts(), [address, `curl -d 'hello' ${address}`]);

  const drawn = await card.locator(`${part('qr')} path`).getAttribute('d');
  const { encode } = await import(createRequire(inProject('web/package.json')).resolve('uqr'));
  const { data } = encode(address, { border: 3 });
  const squares = data.flatMap((line, y) => line.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  assert.equal(drawn, squares);

  await page.evaluate(() => {
    Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => void (window.copiedText = text) } });
  });
  await card.locator(part('copy')).nth(1).click();
  const line = await (await page.waitForFunction(() => window.copiedText)).jsonValue();
  await output(t, 'sh', ['-c', `${line} -sS --fail-with-body`]);
  await row(page, 'hello', 'sent');
  await card.waitFor({ state: 'detached' });
  await shows(page, `${part('message')} header b`, ['anonymous']);
});
