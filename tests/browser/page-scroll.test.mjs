/** The list: what is being read stays where it is, and what is new is followed only by who is at the end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desk, launch, phone } from './chromium.mjs';
import { join, part, row, say } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

/** A room in which so many things of different height have been said. */
async function talkative(t, many) {
  const server = await Server.start(t);
  const words = (index) => `${index}: ${'some words '.repeat(1 + ((index * 7) % 23))}`;
  for (let index = 0; index < many; index += 1) await server.say('lobby', words(index));
  return server;
}

/** How far the end of what was said lies below what is shown, in pixels. */
const belowEnd = (page) =>
  page.locator(part('messages')).evaluate((list) => list.scrollHeight - list.clientHeight - list.scrollTop);

/** Waits until nothing lies below what is shown. */
async function isAtEnd(page) {
  await page.waitForFunction((selector) => {
    const list = document.querySelector(selector);
    return list.scrollHeight - list.clientHeight - list.scrollTop < 1;
  }, part('messages'));
}

const scrollUp = (page, pixels) =>
  page.locator(part('messages')).evaluate(
    (list, pixels) =>
      new Promise((resolve) => {
        list.addEventListener('scroll', () => requestAnimationFrame(resolve), { once: true });
        list.scrollTop -= pixels;
      }),
    pixels,
  );

for (const [name, viewport] of Object.entries({ desk, phone })) {
  test(`${name}: a room opens at its end, and older messages come in above without moving what is read`, async (t) => {
    const server = await talkative(t, 200);
    const page = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', { viewport });
    await row(page, '199: ', 'sent');
    await isAtEnd(page);

    for (let pages = 1; pages < 4; pages += 1) {
      const moved = await page.locator(part('messages')).evaluate(async (list, isFirst) => {
        const rows = () => list.querySelectorAll('article').length;
        const before = rows();
        const firstInView = () =>
          [...list.querySelectorAll('article')].find((row) => row.getBoundingClientRect().bottom > list.getBoundingClientRect().top);
        list.scrollTop = 400;
        const reading = firstInView();
        const top = reading.getBoundingClientRect().top;
        while (rows() === before) {
          await new Promise((resolve) => new MutationObserver(resolve).observe(list, { subtree: true, childList: true }));
        }
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        return Math.abs(reading.getBoundingClientRect().top - top);
      });
      assert.ok(moved <= 1, `what was read moved by ${moved} px`);
    }
    const shown = await page.locator(part('message')).count();
    assert.equal(shown, 200, 'all were loaded');
    assert.deepEqual(page.faults, []);
  });
}

test('who is at the end follows; who is not keeps their place and is offered the way back', async (t) => {
  const server = await talkative(t, 60);
  const page = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  await isAtEnd(page);
  await server.say('lobby', 'followed');
  await row(page, 'followed', 'sent');
  await isAtEnd(page);
  assert.equal(await page.locator(part('jump')).count(), 0);

  await scrollUp(page, 90);
  await server.say('lobby', 'still near');
  await row(page, 'still near', 'sent');
  await isAtEnd(page);

  await scrollUp(page, 400);
  await page.locator(part('jump')).waitFor();
  const before = await belowEnd(page);
  await server.say('lobby', 'not followed');
  await row(page, 'not followed', 'sent');
  await page.locator(part('jump'), { hasText: '1 new message' }).waitFor();
  assert.ok((await belowEnd(page)) > before, 'the new one is below');
  await page.click(part('jump'));
  await isAtEnd(page);
  await page.locator(part('jump')).waitFor({ state: 'detached' });

  await scrollUp(page, 400);
  await say(page, 'my own words take me to the end');
  await row(page, 'my own words', 'sent');
  await isAtEnd(page);
});

test('a window that changes its size, and a composer that grows, do not leave the end', async (t) => {
  const server = await talkative(t, 60);
  const page = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  await isAtEnd(page);
  await page.setViewportSize(phone);
  await isAtEnd(page);
  await page.fill(part('composer'), 'many\nlines\nof\na\ndraft');
  await isAtEnd(page);
  await page.evaluate(() => (document.documentElement.style.fontSize = '150%'));
  await isAtEnd(page);
  await page.setViewportSize({ ...phone, height: 400 });
  await isAtEnd(page);
});

test('few messages stand next to the composer', async (t) => {
  const server = await Server.start(t);
  await server.say('lobby', 'alone');
  const page = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  await row(page, 'alone', 'sent');
  const box = (name) => page.locator(part(name)).boundingBox();
  const [message, composer] = await Promise.all([box('message'), box('composer')]);
  assert.ok(composer.y - (message.y + message.height) < 40);
});

test('what changes above and below what is read moves nothing, and is nothing new', async (t) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  const ids = [];
  for (let index = 0; index < 80; index += 1) ids.push((await server.say('lobby', `${index}: ${'some words '.repeat(9)}`, ben)).id);
  const page = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  await row(page, '79: ', 'sent');
  await isAtEnd(page);
  await scrollUp(page, 1200);
  await page.locator(part('jump')).waitFor();
  const reading = await page.locator(part('messages')).evaluate((list) => {
    const { top } = list.getBoundingClientRect();
    const rows = [...list.querySelectorAll('article')];
    const first = rows.findIndex((row) => row.getBoundingClientRect().top >= top);
    return rows.slice(first - 3, first + 2).map((row) => row.dataset.id);
  });
  const [above, edited, partly, first, below] = reading;
  const topOf = (id) => page.locator(`[data-id="${id}"]`).evaluate((row) => row.getBoundingClientRect().top);
  const before = await topOf(first);

  const room = `${server.url}/rooms/lobby`;
  await server.ask('PATCH', `${new URL(room).pathname}/${edited}`, { body: 'much longer '.repeat(90) }, ben);
  await page.locator(`[data-id="${edited}"]`, { hasText: 'much longer' }).waitFor({ state: 'attached' });
  await server.ask('PUT', `/rooms/lobby/${partly}/reactions/${encodeURIComponent('🎉')}`, undefined, ben);
  await page.locator(`[data-id="${partly}"]`, { hasText: '🎉' }).waitFor({ state: 'attached' });
  await server.ask('DELETE', `/rooms/lobby/${above}`, undefined, ben);
  await page.locator(`[data-id="${above}"]`).waitFor({ state: 'detached' });
  await server.ask('DELETE', `/rooms/lobby/${below}`, undefined, ben);
  await page.locator(`[data-id="${below}"]`).waitFor({ state: 'detached' });
  const moved = Math.abs((await topOf(first)) - before);
  assert.ok(moved <= 1, `what was read moved by ${moved} px`);
  assert.doesNotMatch(await page.locator(part('jump')).textContent(), /new message/);
  assert.deepEqual(page.faults, []);
});
