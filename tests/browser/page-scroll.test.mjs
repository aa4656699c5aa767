/** The list: what is being read stays where it is, and what is new is followed only by who is at the end. */
import assert from 'node:assert/strict';
import { eventually, goOffline, launch, onBoth, open, phone } from './chromium.mjs';
import { act, belowEnd, giveName, isAtEnd, join, noteShown, painted, part, row, say, scrollUp, wasShown } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

/** A room in which so many things of different height have been said. Gives who said them, and their ids. */
async function talkative(t, many) {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  const words = (index) => `${index}: ${'some words '.repeat(1 + ((index * 7) % 23))}`;
  const ids = [];
  for (let index = 0; index < many; index += 1) ids.push((await server.say('lobby', words(index), ben)).id);
  return { server, ben, ids };
}

const jump = (page) => page.locator(part('jump'));
const topOf = (page, id) => page.locator(`[data-id="${id}"]`).evaluate((row) => row.getBoundingClientRect().top);

/** Stands so many pixels from the end. Who is near it goes along when a row grows late, and has to go up again. */
const standAt = (page, pixels) =>
  eventually(
    async () => {
      const below = await belowEnd(page);
      if (below !== pixels) await scrollUp(page, pixels - below);
      return belowEnd(page);
    },
    (below) => below === pixels,
  );

onBoth('a room opens at its end, and older messages come in above without moving what is read', async (t, options) => {
  const { server, ids } = await talkative(t, 200);
  const page = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  await row(page, '199: ', 'sent');
  await isAtEnd(page);
  const style = await page.locator(part('messages')).evaluate((list) => {
    const { overflowAnchor, overscrollBehaviorY } = getComputedStyle(list);
    return { overflowAnchor, overscrollBehaviorY, page: getComputedStyle(document.documentElement).overscrollBehaviorY };
  });
  // The row that is read holds, in every browser alike, and no other thing scrolls along.
  assert.deepEqual(style, { overflowAnchor: 'none', overscrollBehaviorY: 'contain', page: 'none' });
  // What is in view grows late, as a picture does that has no size.
  await page.locator(`[data-id="${ids[198]}"] .said`).evaluate((said) => (said.style.minHeight = '250px'));
  await isAtEnd(page);

  for (let pages = 1; pages < 4; pages += 1) {
    const moved = await page.locator(part('messages')).evaluate(async (list) => {
      const rows = () => list.querySelectorAll('article').length;
      const before = rows();
      const firstInView = () =>
        [...list.querySelectorAll('article')].find((row) => row.getBoundingClientRect().bottom > list.getBoundingClientRect().top);
      list.scrollTop = 400;
      // The page sees it now, and not with the next frame, before which something else could lead back to the end.
      list.dispatchEvent(new Event('scroll'));
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

onBoth('who is at most 100 px from the end follows; who is farther keeps their place and is offered the way back', async (t, options) => {
  const { server, ben } = await talkative(t, 60);
  const page = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  await isAtEnd(page);
  await server.say('lobby', 'followed', ben);
  await row(page, 'followed', 'sent');
  await isAtEnd(page);
  assert.equal(await jump(page).count(), 0);

  await standAt(page, 100);
  await server.say('lobby', 'still near', ben);
  await row(page, 'still near', 'sent');
  await isAtEnd(page);
  assert.equal(await jump(page).count(), 0);

  await standAt(page, 101);
  await jump(page).waitFor();
  await server.say('lobby', 'not followed', ben);
  await jump(page).filter({ hasText: '1 new message' }).waitFor();
  await server.say('lobby', 'nor that', ben);
  await jump(page).filter({ hasText: '2 new messages' }).waitFor();
  await painted(page);
  assert.ok((await belowEnd(page)) > 101, 'the new ones are below');
  await jump(page).click();
  await isAtEnd(page);
  await jump(page).waitFor({ state: 'detached' });
});

onBoth("one's own words are in view at once, from anywhere, and the way back is not offered any more", async (t, options) => {
  const { server, ids } = await talkative(t, 120);
  const page = await open(t, browser, 'about:blank', options);
  await noteShown(page);
  await page.goto(`${server.url}/rooms/lobby/${ids[10]}`);
  await giveName(page, 'Ann');
  await wasShown(page, ids[10]);
  await say(page, 'from a permalink');
  await row(page, 'from a permalink', 'sent');
  await isAtEnd(page);
  await painted(page);
  assert.equal(await jump(page).count(), 0);
  assert.equal(await page.locator(part('gap')).count(), 0);
  // What changes above does not lead back.
  await page.locator(part('message')).first().evaluate((row) => (row.style.minHeight = '200px'));
  await painted(page);
  await isAtEnd(page);

  await scrollUp(page, 400);
  await jump(page).waitFor();
  await say(page, 'from above');
  await row(page, 'from above', 'sent');
  await isAtEnd(page);
  await painted(page);
  assert.equal(await jump(page).count(), 0);

  // Led there by a quote.
  await act(page, 'from above', 'action-reply');
  await say(page, 'an answer');
  await row(page, 'an answer', 'sent');
  await page.goto(`${server.url}/rooms/lobby/${ids[20]}`);
  await wasShown(page, ids[20]);
  await goOffline(page);
  await say(page, 'without a connection');
  await row(page, 'without a connection', 'waiting');
  await isAtEnd(page);
  await page.locator(part('gap')).waitFor();
  await page.context().setOffline(false);
  await row(page, 'without a connection', 'sent');
  await page.locator(part('gap')).waitFor({ state: 'detached' });
  await isAtEnd(page);
});

onBoth('a window that changes its size, larger letters and a composer that grows do not leave the end', async (t, options, size) => {
  const { server } = await talkative(t, 60);
  const page = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  await isAtEnd(page);
  await page.setViewportSize(size === 'desk' ? phone : { width: 320, height: 568 });
  await isAtEnd(page);
  await page.fill(part('composer'), 'many\nlines\nof\na\ndraft');
  await isAtEnd(page);
  // Nor does each letter more.
  for (const letter of 'and on') await page.locator(part('composer')).press(letter === ' ' ? 'Space' : letter);
  await painted(page);
  assert.ok((await belowEnd(page)) < 1);
  await page.evaluate(() => (document.documentElement.style.fontSize = '150%'));
  await isAtEnd(page);
  // The keyboard.
  await page.setViewportSize({ ...phone, height: 400 });
  await isAtEnd(page);
  assert.equal(await jump(page).count(), 0);
});

onBoth('few messages stand next to the composer', async (t, options) => {
  const { server } = await talkative(t, 1);
  const page = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  await row(page, '0: ', 'sent');
  const box = (name) => page.locator(part(name)).boundingBox();
  const [message, composer] = await Promise.all([box('message'), box('composer')]);
  assert.ok(composer.y - (message.y + message.height) < 48, `${composer.y - (message.y + message.height)} px`);
  assert.ok(composer.y > message.y + message.height);
});

onBoth('what changes above and below what is read moves nothing, and is nothing new', async (t, options) => {
  const { server, ben } = await talkative(t, 80);
  const page = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  await row(page, '79: ', 'sent');
  await isAtEnd(page);
  await scrollUp(page, 1200);
  await jump(page).waitFor();
  const reading = await page.locator(part('messages')).evaluate((list) => {
    const { top } = list.getBoundingClientRect();
    const rows = [...list.querySelectorAll('article')];
    const first = rows.findIndex((row) => row.getBoundingClientRect().top >= top);
    return rows.slice(first - 3, first + 2).map((row) => row.dataset.id);
  });
  const [above, edited, partly, first, below] = reading;
  const before = await topOf(page, first);

  await server.ask('PATCH', `/rooms/lobby/${edited}`, { body: 'much longer '.repeat(90) }, ben);
  await page.locator(`[data-id="${edited}"]`, { hasText: 'much longer' }).waitFor({ state: 'attached' });
  await server.ask('PUT', `/rooms/lobby/${partly}/reactions/${encodeURIComponent('🎉')}`, undefined, ben);
  await page.locator(`[data-id="${partly}"]`, { hasText: '🎉' }).waitFor({ state: 'attached' });
  await server.ask('DELETE', `/rooms/lobby/${above}`, undefined, ben);
  await page.locator(`[data-id="${above}"]`).waitFor({ state: 'detached' });
  await server.ask('DELETE', `/rooms/lobby/${below}`, undefined, ben);
  await page.locator(`[data-id="${below}"]`).waitFor({ state: 'detached' });
  await painted(page);
  const moved = Math.abs((await topOf(page, first)) - before);
  assert.ok(moved <= 1, `what was read moved by ${moved} px`);
  assert.doesNotMatch(await jump(page).textContent(), /new message/);
  assert.deepEqual(page.faults, []);
});
