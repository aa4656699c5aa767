/** Nothing on the page hinders anybody: axe finds no fault (WCAG 2.2 A and AA), on both sizes, in both themes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { desk, launch, open, phone } from './chromium.mjs';
import { giveName, join, part, row } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds, each in a line. */
async function faults(page) {
  // Colours are judged where they come to rest.
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))));
  // Evaluated by the browser's tools, which the page's policy does not bind.
  await page.evaluate(axe);
  // Behind a dialog nothing can be reached.
  const found = await page.evaluate(() =>
    window.axe.run([...document.querySelectorAll('dialog[open]')].at(-1) ?? document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }),
  );
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary}`));
}

/** A message of every kind. */
async function lively(server) {
  const ben = await server.member('Ben', 'lobby');
  const cat = await server.member('林小雨', 'lobby');
  const first = await server.say('lobby', '**Look** at `this`, @Ann, and https://example.org/\n```js\nconst a = "b"; // c\n```\n> quoted\n\n- listed', ben);
  await server.say('lobby', { body: 'Nice!', reply_to: first.id }, cat);
  await server.ask('PUT', `/rooms/lobby/${first.id}/reactions/${encodeURIComponent('🎉')}`, {}, cat);
  await server.say('lobby', { data: { level: 3.42 } }, ben);
  await server.say('lobby', '🎉', cat);
}

for (const [size, viewport] of Object.entries({ desk, phone })) {
  for (const colorScheme of ['light', 'dark']) {
    test(`axe finds nothing: ${size}, ${colorScheme}`, async (t) => {
      const server = await Server.start(t);
      await lively(server);
      const isPhone = size === 'phone';
      const page = await open(t, browser, server.url, { viewport, colorScheme, hasTouch: isPhone, isMobile: isPhone });
      const found = [];
      const look = async (place) => found.push(...(await faults(page)).map((fault) => `${place}: ${fault}`));
      await page.locator(part('name-card')).waitFor();
      await look('the name card');
      await page.click(part('have-account'));
      await page.locator(part('sign-in')).waitFor();
      await look('signing in');
      await page.getByRole('button', { name: 'Come in with just a name' }).click();
      await giveName(page, 'Ann');
      await row(page, 'Nice!', 'sent');
      await page.locator(`${part('message')} pre .keyword`).waitFor();
      await look('the chat');

      await page.focus(`${part('message-menu')} >> nth=0`);
      await page.keyboard.press('Enter');
      await page.locator(part('message-actions')).waitFor();
      await look('the menu of a message');
      await page.click(part('more-emoji'));
      await page.locator(part('emoji-picker')).waitFor();
      await look('the emoji');
      await page.keyboard.press('Escape');

      await page.click(part('people'));
      await page.locator(part('person')).nth(1).waitFor();
      await look('the people');
      await page.locator(part('person')).nth(0).click();
      await page.locator(part('person-menu')).waitFor();
      await look('somebody');
      await page.keyboard.press('Escape');
      await page.click(part('close-panel'));
      await page.click(part('replies'));
      await page.locator(`${part('thread')} ${part('message')}`).nth(1).waitFor();
      await look('a thread');
      await page.click(part('close-panel'));

      await page.click(part('room-settings'));
      await page.locator(part('room-form')).waitFor();
      await look('the room');
      await page.keyboard.press('Escape');

      const drawer = () => (isPhone ? page.click(part('show-rooms')) : undefined);
      for (const [button, content] of [['open-switcher', 'switcher'], ['new-room', 'new-room-form'], ['browse', 'browse-rooms'], ['open-settings', 'settings']]) {
        await drawer();
        await page.click(part(button));
        await page.locator(part(content)).waitFor();
        await look(content);
        if (content === 'settings') {
          for (const tab of ['looks', 'account', 'devices']) {
            await page.click(part(`tab-${tab}`));
            await look(`settings, ${tab}`);
          }
        }
        await page.keyboard.press('Escape');
        await page.locator(part(content)).waitFor({ state: 'detached' });
      }
      await drawer();
      await look('the rooms');
      assert.deepEqual([...found, ...page.faults], []);
    });
  }
}

test('a dialog keeps the focus, and gives it back to what opened it', async (t) => {
  const server = await Server.start(t);
  const page = await join(t, browser, server.url, 'Ann');
  for (const button of ['open-switcher', 'new-room', 'room-settings', 'open-settings', 'emoji']) {
    await page.focus(part(button));
    await page.keyboard.press('Enter');
    await page.locator('dialog[open]').waitFor();
    for (let press = 0; press < 12; press += 1) {
      await page.keyboard.press('Tab');
      // A browser lets the focus leave a dialog for its own bar, and for nothing on the page.
      assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog') !== null), button);
    }
    await page.keyboard.press('Escape');
    await page.locator('dialog[open]').waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), button);
  }
});

test('whoever wants no motion gets none', async (t) => {
  const server = await Server.start(t);
  const page = await join(t, browser, server.url, 'Ann', { reducedMotion: 'reduce', viewport: phone, hasTouch: true });
  await page.click(part('show-rooms'));
  const moving = await page.evaluate(() => document.getAnimations().length);
  assert.equal(moving, 0);
  assert.equal(await page.locator(part('sidebar')).evaluate((aside) => aside.getBoundingClientRect().left), 0);
});
