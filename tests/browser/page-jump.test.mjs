/** Going to a message and back to the present, in a room of five thousand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch, onBoth, open, sizes, visitor } from './chromium.mjs';
import { giveName, isAtEnd, noteShown, painted, part, row, scrollUp, travel, wasShown } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

const MANY = 5_000;

const numberOf = (id) => Number(id.split('-')[1]);

/** A room in which so many things of different height were said. Gives their ids, oldest first. */
async function long(t, many) {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  const ids = [];
  for (let from = 0; from < many; from += 100) {
    const said = Array.from({ length: 100 }, (_, index) => server.say('lobby', `${'words '.repeat(1 + ((index * 7) % 23))}`, ben));
    ids.push(...(await Promise.all(said)).map(({ id }) => id));
  }
  return { server, ben, ids: ids.toSorted((a, b) => numberOf(a) - numberOf(b)) };
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

const isNoLongerShown = (page, id) => page.locator(`[data-id="${id}"]:not(.flashed)`).waitFor();
const jump = (page) => page.locator(part('jump'));

/** Scrolls up to the first and down to the last. Gives how many rows were seen, and how many there were at once at most. */
const throughEverything = (page, first, last) =>
  page.locator(part('messages')).evaluate(
    async (list, [first, last]) => {
      const rows = () => [...list.querySelectorAll('article')].map(({ dataset }) => dataset.id);
      const all = new Set();
      let most = 0;
      const until = async (id, scroll) => {
        for (;;) {
          const before = rows();
          most = Math.max(most, before.length);
          for (const row of before) all.add(row);
          if (before.includes(id)) return;
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
    },
    [first, last],
  );

test('a permalink, the newer of two jumps, back to the present, and through everything', async (t) => {
  const { server, ben, ids } = await long(t, MANY);
  let expected = MANY;
  for (const [size, options] of Object.entries(sizes)) {
    await t.test(size, async (t) => {
      const page = await open(t, browser, 'about:blank', options);
      await noteShown(page);
      await page.goto(`${server.url}/rooms/lobby/${ids[10]}`);
      await giveName(page, 'Ann');
      await wasShown(page, ids[10]);
      assert.ok((await offCentre(page, ids[10])) <= 1);
      assert.ok((await page.locator(part('message')).count()) < 320);

      // It stays in the middle when what is above it grows.
      await page.locator(`[data-id="${ids[5]}"] .said`).evaluate((said) => (said.style.minHeight = '300px'));
      await painted(page);
      assert.ok((await offCentre(page, ids[10])) <= 1);

      // It is shown once: a row that comes anew is not, and a second journey to it is.
      await isNoLongerShown(page, ids[10]);
      await travel(page, `/rooms/lobby/${ids[10]}`);
      await wasShown(page, ids[10]);
      await isNoLongerShown(page, ids[10]);

      // A message that comes meanwhile moves nothing, and is counted.
      const news = await server.say('lobby', `news at the ${size}`, ben);
      await jump(page).filter({ hasText: '1 new message' }).waitFor();
      assert.ok((await offCentre(page, ids[10])) <= 1);

      // The present is read anew, not scrolled to.
      await jump(page).click();
      await row(page, `news at the ${size}`, 'sent');
      await isAtEnd(page);
      await jump(page).waitFor({ state: 'detached' });
      assert.ok((await page.locator(part('message')).count()) <= 100);

      // Of two jumps the newer wins, whichever answer comes first.
      let letGo;
      const held = new Promise((resolve) => (letGo = resolve));
      await page.route(`**/rooms/lobby?around=${ids[100]}*`, async (route) => {
        await held;
        await route.continue();
      });
      const asked = page.waitForRequest((request) => request.url().includes('around='));
      await travel(page, `/rooms/lobby/${ids[100]}`);
      await asked;
      await travel(page, `/rooms/lobby/${ids[110]}`);
      await wasShown(page, ids[110]);
      const late = page.waitForResponse((response) => response.url().includes(ids[100]));
      letGo();
      await (await late).finished();
      await painted(page);
      // Near each other: the row of the older is there, and is not where one is led.
      assert.ok((await offCentre(page, ids[110])) <= 1);
      assert.equal(await page.evaluate((id) => window.shown.has(id), ids[100]), false);

      const seen = await throughEverything(page, ids[0], news.id);
      expected += 1;
      assert.equal(seen.many, expected);
      assert.ok(seen.most <= 320, `${seen.most} rows at once`);
      assert.deepEqual(page.faults, []);
    });
  }
});

onBoth('up in history the way back names the day that one reads, and is gone near the end', async (t, options) => {
  const { server, ids } = await long(t, 200);
  const { context } = await visitor(t, browser, { ...options, timezoneId: 'Europe/Berlin' });
  const page = await context.newPage();
  await page.clock.setFixedTime('2030-03-03T12:00:00Z');
  const days = ['2030-02-12', '2030-02-12', '2030-03-02', '2030-03-03'];
  const dated = (message) => ({ ...message, at: `${days[Math.floor(ids.indexOf(message.id) / 50)]}T10:00:00Z` });
  await page.route('**/rooms/lobby?*', async (route) => {
    const response = await route.fetch();
    const answer = await response.json();
    await route.fulfill({ response, json: { ...answer, messages: answer.messages.map(dated) } });
  });
  await page.goto(`${server.url}/rooms/lobby`);
  await giveName(page, 'Ann');
  await isAtEnd(page);
  await scrollUp(page, 300);
  await jump(page).filter({ hasText: /^Today · Jump to present$/ }).waitFor();
  const upTo = async (id) => {
    await page.locator(part('messages')).evaluate(async (list, id) => {
      while (!list.querySelector(`[data-id="${id}"]`)) {
        list.scrollTop = 0;
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      list.querySelector(`[data-id="${id}"]`).scrollIntoView();
    }, id);
  };
  await upTo(ids[120]);
  await jump(page).filter({ hasText: /^Yesterday · Jump to present$/ }).waitFor();
  await upTo(ids[20]);
  await jump(page).filter({ hasText: /^Tuesday,? 12 February · Jump to present$/ }).waitFor();
  await page.locator(part('day')).filter({ hasText: 'Tuesday' }).first().waitFor({ state: 'attached' });

  const below = (pixels) => page.locator(part('messages')).evaluate((list, pixels) => (list.scrollTop = list.scrollHeight - list.clientHeight - pixels), pixels);
  await below(51);
  await painted(page);
  await jump(page).waitFor();
  await below(50);
  await jump(page).waitFor({ state: 'detached' });
  await below(100);
  await painted(page);
  assert.equal(await jump(page).count(), 0);
});

onBoth('where little is loaded what follows comes too, though its beginning is near', async (t, options) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  const ids = [];
  for (let index = 0; index < 120; index += 1) ids.push((await server.say('lobby', `${index}`, ben)).id);
  const page = await open(t, browser, 'about:blank', options);
  await noteShown(page);
  let isLost = false;
  await page.route('**/rooms/lobby?after=*', (route) => (isLost ? route.abort() : route.continue()));
  await page.goto(`${server.url}/rooms/lobby/${ids[2]}`);
  await giveName(page, 'Ann');
  await wasShown(page, ids[2]);
  await page.locator(`[data-id="${ids[60]}"]`).waitFor({ state: 'attached' });

  // Where it ends is said; what cannot be loaded now can be asked for again.
  isLost = true;
  await page.locator(part('messages')).evaluate((list) => (list.scrollTop = list.scrollHeight));
  await page.getByRole('alert').filter({ hasText: 'could not be loaded' }).waitFor();
  isLost = false;
  await page.locator(part('gap')).getByRole('button', { name: 'Load the messages that are missing here' }).click();
  await page.locator(`[data-id="${ids[110]}"]`).waitFor({ state: 'attached' });
});
