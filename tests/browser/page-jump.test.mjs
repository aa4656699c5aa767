/** Going to a message and back to the present, in a room of five thousand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch, phone } from './chromium.mjs';
import { join, part, row } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

const MANY = 5_000;

const numberOf = (id) => Number(id.split('-')[1]);

/** A room in which so many things of different height were said. Gives their ids, oldest first. */
async function long(t, many) {
  const server = await Server.start(t);
  const ids = [];
  for (let from = 0; from < many; from += 100) {
    const said = Array.from({ length: 100 }, (_, index) => server.say('lobby', `${'words '.repeat(1 + ((index * 7) % 23))}`));
    ids.push(...(await Promise.all(said)).map(({ id }) => id));
  }
  return { server, ids: ids.toSorted((a, b) => numberOf(a) - numberOf(b)) };
}

/** How far the middle of a row is from the middle of the list, in pixels. */
const offCentre = (page, id) =>
  page.locator(part('messages')).evaluate((list, id) => {
    const middle = (element) => {
      const { top, height } = element.getBoundingClientRect();
      return top + height / 2;
    };
    return Math.abs(middle(list.querySelector(`[data-id="${id}"]`)) - middle(list));
  }, id);

const isAtEnd = (page) =>
  page.waitForFunction((selector) => {
    const list = document.querySelector(selector);
    return list.scrollHeight - list.clientHeight - list.scrollTop < 1;
  }, part('messages'));

test('a permalink, the newer of two jumps, and back to the present', async (t) => {
  const { server, ids } = await long(t, MANY);
  const page = await join(t, browser, `${server.url}/rooms/lobby/${ids[10]}`, 'Ann', { viewport: phone });
  await page.locator(`[data-id="${ids[10]}"].flashed`).waitFor();
  assert.ok((await offCentre(page, ids[10])) <= 1);
  assert.ok((await page.locator(part('message')).count()) < 320);

  let news;
  await t.test('it stays in the middle when what is above it grows', async () => {
    await page.locator(`[data-id="${ids[5]}"] .said`).evaluate((said) => (said.style.minHeight = '300px'));
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    assert.ok((await offCentre(page, ids[10])) <= 1);
  });

  await t.test('a message that comes meanwhile moves nothing, and is counted', async () => {
    news = await server.say('lobby', 'news');
    await page.locator(part('jump'), { hasText: '1 new message' }).waitFor();
    assert.ok((await offCentre(page, ids[10])) <= 1);
  });

  await t.test('the present is read anew, not scrolled to', async () => {
    await page.click(part('jump'));
    await row(page, 'news', 'sent');
    await isAtEnd(page);
    await page.locator(part('jump')).waitFor({ state: 'detached' });
    assert.ok((await page.locator(part('message')).count()) <= 100);
  });

  await t.test('of two jumps the newer wins, whichever answer comes first', async () => {
    let letGo;
    const held = new Promise((resolve) => (letGo = resolve));
    await page.route(`**/rooms/lobby?around=${ids[100]}*`, async (route) => {
      await held;
      await route.continue();
    });
    const go = (id) =>
      page.evaluate((path) => {
        history.pushState(null, '', path);
        dispatchEvent(new PopStateEvent('popstate'));
      }, `/rooms/lobby/${id}`);
    const asked = page.waitForRequest((request) => request.url().includes('around='));
    await go(ids[100]);
    await asked;
    await go(ids[2000]);
    await page.locator(`[data-id="${ids[2000]}"].flashed`).waitFor();
    const late = page.waitForResponse((response) => response.url().includes(ids[100]));
    letGo();
    await (await late).finished();
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    assert.ok((await offCentre(page, ids[2000])) <= 1);
    assert.equal(await page.locator(`[data-id="${ids[100]}"]`).count(), 0);
  });

  await t.test('scrolling goes through everything with few rows, up and down', async () => {
    const seen = await page.locator(part('messages')).evaluate(async (list, [first, last]) => {
      const rows = () => [...list.querySelectorAll('article')].map(({ dataset }) => dataset.id);
      const all = new Set();
      let most = 0;
      const until = async (id, scroll) => {
        for (;;) {
          const before = rows();
          most = Math.max(most, before.length);
          for (const row of before) all.add(row);
          if (all.has(id) && before.includes(id)) return;
          const isSame = () => rows()[0] === before[0] && rows().at(-1) === before.at(-1);
          scroll();
          while (isSame()) {
            await new Promise((resolve) => new MutationObserver(resolve).observe(list, { subtree: true, childList: true }));
          }
          await new Promise((resolve) => requestAnimationFrame(resolve));
        }
      };
      await until(first, () => (list.scrollTop = 0));
      await until(last, () => (list.scrollTop = list.scrollHeight));
      return { most, many: all.size };
    }, [ids[0], news.id]);
    assert.equal(seen.many, MANY + 1);
    assert.ok(seen.most <= 320, `${seen.most} rows at once`);
  });
  assert.deepEqual(page.faults, []);
});

test('up in history the way back names the day that one reads', async (t) => {
  const { server } = await long(t, 200);
  const page = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  await isAtEnd(page);
  await page.locator(part('messages')).evaluate((list) => (list.scrollTop -= 600));
  await page.locator(part('jump'), { hasText: 'Today' }).waitFor();
  await page.locator(part('messages')).evaluate((list) => (list.scrollTop = list.scrollHeight - list.clientHeight - 60));
  await page.locator(part('jump')).waitFor();
  await page.locator(part('messages')).evaluate((list) => (list.scrollTop = list.scrollHeight - list.clientHeight - 40));
  await page.locator(part('jump')).waitFor({ state: 'detached' });
});
