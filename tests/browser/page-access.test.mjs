/** Nothing on the page hinders anybody who has no mouse, or does not see it. What axe finds is in `page-everywhere`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, launch, onBoth, phone } from './chromium.mjs';
import { join, painted, part, row, scrollUp, showRooms } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

onBoth('a dialog keeps the focus, and gives it back to what opened it', async (t, options) => {
  const server = await Server.start(t);
  const page = await join(t, browser, server.url, 'Ann', options);
  const isInDrawer = ['open-switcher', 'new-room', 'open-settings'];
  for (const button of ['open-switcher', 'new-room', 'room-settings', 'open-settings', 'emoji']) {
    if (isInDrawer.includes(button)) await showRooms(page);
    await page.focus(part(button));
    await page.keyboard.press('Enter');
    await page.locator('dialog[open]').waitFor();
    for (let press = 0; press < 12; press += 1) {
      await page.keyboard.press('Tab');
      // A browser lets the focus leave a dialog for its own bar, and for nothing on the page.
      assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog') !== null), button);
    }
    await page.keyboard.press('Escape');
    // Closed is not yet gone: the page hears of it a moment later.
    await page.locator('dialog').waitFor({ state: 'detached' });
    // On a phone the drawer has closed meanwhile, and with it what opened the dialog.
    if (options.hasTouch && isInDrawer.includes(button)) continue;
    assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), button);
  }
});

test('who has gone on before the page hears that a dialog has closed keeps the focus', async (t) => {
  const server = await Server.start(t);
  const page = await join(t, browser, server.url, 'Ann');
  for (const button of ['room-settings', 'emoji']) {
    await page.click(part(button));
    await page.locator('dialog[open]').waitFor();
    // The browser closes it at once, and tells the page afterwards.
    await page.evaluate((composer) => {
      document.querySelector('dialog').close();
      document.querySelector(composer).focus();
    }, part('composer'));
    await page.locator('dialog').waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), 'composer', button);
  }
});

test('what lies over the whole of a phone is all that the keyboard reaches', async (t) => {
  const server = await Server.start(t);
  const page = await join(t, browser, server.url, 'Ann', { viewport: phone, hasTouch: true, isMobile: true });
  await page.click(part('people'));
  await page.locator(part('person')).first().waitFor();
  for (let press = 0; press < 12; press += 1) {
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('[data-testid="panel"]') !== null));
  }
  await page.click(part('close-panel'));
  await page.tap(part('composer'));
  await eventually(() => page.evaluate(() => document.activeElement.dataset.testid), (has) => has === 'composer');
});

onBoth('what is new is read aloud, and what was said before is not', async (t, options) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  await server.say('lobby', 'the first', ben);
  // So many and so long that the older ones are asked for by scrolling, once.
  for (let index = 1; index < 90; index += 1) await server.say('lobby', `${index}: ${'words '.repeat(120)}`, ben);
  const page = await join(t, browser, server.url, 'Ann', options);
  // How the list was announced whenever rows came into it.
  await page.evaluate((selector) => {
    window.announced = [];
    const log = document.querySelector(selector);
    new MutationObserver((changes) => {
      const rows = changes.flatMap(({ addedNodes }) => [...addedNodes]).filter((node) => node.matches?.('article'));
      if (rows.length > 0) window.announced.push(`${rows.length > 1 ? 'many' : 'one'} ${log.ariaLive}`);
    }).observe(log, { subtree: true, childList: true });
  }, part('messages'));
  const log = page.locator(part('messages'));
  await row(page, '89: ', 'sent');
  assert.equal(await log.getAttribute('role'), 'log');
  await page.locator(`${part('messages')}[aria-live="polite"]`).waitFor();
  const announced = () => page.evaluate(() => window.announced.splice(0));
  await announced();
  await scrollUp(page, 100_000);
  await page.locator(part('message')).filter({ hasText: 'the first' }).waitFor({ state: 'attached' });
  assert.deepEqual(await announced(), ['many off'], 'history is not news');
  await page.locator(`${part('messages')}[aria-live="polite"]`).waitFor();
  await painted(page);
  await server.say('lobby', 'news', ben);
  await row(page, 'news', 'sent');
  assert.deepEqual(await announced(), ['one polite']);
});

test('whoever wants no motion gets none', async (t) => {
  const server = await Server.start(t);
  const page = await join(t, browser, server.url, 'Ann', { reducedMotion: 'reduce', viewport: phone, hasTouch: true });
  await page.click(part('show-rooms'));
  const moving = await page.evaluate(() => document.getAnimations().length);
  assert.equal(moving, 0);
  assert.equal(await page.locator(part('sidebar')).evaluate((aside) => aside.getBoundingClientRect().left), 0);
});
