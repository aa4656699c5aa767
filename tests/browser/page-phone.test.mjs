/** On a phone: one thing at a time, everything reachable with a thumb, and the keyboard in nobody's way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, launch, phone } from './chromium.mjs';
import { isAtEnd, join, part, row, say } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();
const mobile = { viewport: phone, hasTouch: true, isMobile: true };

const sidebarLeft = (page) => page.locator(part('sidebar')).evaluate((aside) => aside.getBoundingClientRect().left);
const isOpen = (page) => eventually(() => sidebarLeft(page), (left) => left === 0);
const isClosed = (page) => eventually(() => sidebarLeft(page), (left) => left < -100);

/** A finger that goes from one place to another. */
async function swipe(page, from, to) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: from, y: 400 }] });
  for (let step = 1; step <= 8; step += 1) {
    const x = from + ((to - from) * step) / 8;
    await devtools.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x, y: 400 }] });
  }
  await devtools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}

for (const width of [360, 320]) test(`${width} px: the rooms come by a button and by a swipe from the edge, and go when one is chosen`, async (t) => {
  const server = await Server.start(t);
  const page = await join(t, browser, `${server.url}/rooms/garden`, 'Ann', { ...mobile, viewport: { width, height: 640 } });
  await page.goto(`${server.url}/rooms/lobby`);
  await page.locator(part('here')).waitFor();
  await isClosed(page);
  await swipe(page, 8, 200);
  await isOpen(page);
  await swipe(page, 260, 40);
  await isClosed(page);
  await page.tap(part('show-rooms'));
  await isOpen(page);
  await page.tap(`${part('room-link')}[data-room="garden"]`);
  await isClosed(page);
  await page.locator(`${part('room')}[data-room="garden"]`).waitFor();
  // A swipe from the middle is none from the edge: by the time that the next from the edge has been seen it would have counted.
  await swipe(page, 120, width - 10);
  assert.equal(await page.locator(`${part('sidebar')}.open`).count(), 0);
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))));
  await isClosed(page);
});

test('a dot on the button says that something is unread elsewhere', async (t) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'garden');
  const page = await join(t, browser, `${server.url}/rooms/garden`, 'Ann', mobile);
  await page.goto(`${server.url}/rooms/lobby`);
  await page.locator(part('here')).waitFor();
  assert.equal(await page.locator(part('asks-elsewhere')).count(), 0);
  await server.say('garden', 'look here', ben);
  await page.locator(part('asks-elsewhere')).waitFor();
  await page.tap(part('show-rooms'));
  await page.tap(`${part('room-link')}[data-room="garden"]`);
  await row(page, 'look here', 'sent');
  await page.locator(part('asks-elsewhere')).waitFor({ state: 'detached' });
});

test('with the keyboard open the composer and the head are in view, and Send keeps it open', async (t) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  for (let index = 0; index < 30; index += 1) await server.say('lobby', `${index}: words`, ben);
  const page = await join(t, browser, server.url, 'Ann', mobile);
  await isAtEnd(page);
  await page.tap(part('composer'));
  // What Safari does: the visual viewport becomes lower, the layout does not.
  await page.evaluate(() => {
    Object.defineProperty(visualViewport, 'height', { value: 400, configurable: true });
    visualViewport.dispatchEvent(new Event('resize'));
  });
  const bottom = () => page.locator(part('composer')).evaluate((field) => field.closest('form').getBoundingClientRect().bottom);
  await eventually(bottom, (at) => at <= 400);
  assert.equal((await page.locator('main > header').boundingBox()).y, 0);
  await isAtEnd(page);
  const last = await page.locator(part('message')).last().boundingBox();
  const field = await page.locator('main form').boundingBox();
  assert.ok(last.y + last.height <= field.y, 'the last message is above the composer');
  await page.locator(part('composer')).pressSequentially('hello');
  await page.tap(part('send'));
  await row(page, 'hello', 'sent');
  assert.ok(await page.locator(part('composer')).evaluate((field) => field === document.activeElement));
});

test('no zoom on focus, and pinch zoom stays on', async (t) => {
  const server = await Server.start(t);
  const page = await join(t, browser, server.url, 'Ann', mobile);
  const viewport = await page.getAttribute('meta[name="viewport"]', 'content');
  assert.doesNotMatch(viewport ?? '', /user-scalable|maximum-scale/);
  await page.tap(part('show-rooms'));
  await isOpen(page);
  await page.tap(part('open-switcher'));
  await page.locator(part('switcher-field')).waitFor();
  const sizes = await page.locator('input:visible, textarea:visible').evaluateAll((all) => all.map((field) => parseFloat(getComputedStyle(field).fontSize)));
  assert.ok(sizes.length >= 2 && sizes.every((size) => size >= 16), String(sizes));
});

test('people and threads lie over the conversation and give it back', async (t) => {
  const server = await Server.start(t);
  const page = await join(t, browser, server.url, 'Ann', mobile);
  await say(page, 'hello');
  await page.tap(part('people'));
  const box = await page.locator(part('panel')).boundingBox();
  assert.deepEqual([box.x, box.width], [0, phone.width]);
  await page.locator(`${part('person')}`).filter({ hasText: 'Ann' }).waitFor();
  await page.tap(part('close-panel'));
  await page.locator(part('panel')).waitFor({ state: 'detached' });
  await page.tap(part('composer'));
});
