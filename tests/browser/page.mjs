/** Openline's own page, as somebody who sits before it uses it. */
import { eventually, open } from './chromium.mjs';

/** The parts of the page, by their test ids. */
export const part = (name) => `[data-testid="${name}"]`;

/** The words of all messages that are shown, oldest first. */
export const SAID = `${part('message')} .said`;

/** Opens a room and joins it under a name. */
export async function join(t, browser, url, name, options) {
  const page = await open(t, browser, url, options);
  await giveName(page, name);
  return page;
}

/** Answers the one question. */
export async function giveName(page, name) {
  await page.fill(part('name-field'), name);
  await page.click(part('name-button'));
  await isListening(page);
}

/** Waits until the room is there and its line is open: what is said from now on is new to whoever looks. */
export async function isListening(page) {
  // The line's first word tells how many are here.
  await page.locator(`[data-arrived=true] ${part('here')}`).waitFor();
}

/** Writes something and sends it. */
export async function say(page, words) {
  await page.fill(part('composer'), words);
  await page.click(part('send'));
}

/** Waits for the row of these words in this state. */
export function row(page, words, state) {
  const rows = page.locator(`${part('message')}[data-state="${state}"]`);
  return rows.filter({ hasText: words }).waitFor();
}

/** Waits until exactly these rows are shown, in this order, each as `state: words`. */
export function showsRows(page, expected) {
  const read = () =>
    page.locator(part('message')).evaluateAll((rows) => rows.map((row) => `${row.dataset.state}: ${row.querySelector('.said').firstElementChild.textContent}`));
  return eventually(read, (rows) => JSON.stringify(rows) === JSON.stringify(expected));
}

/** Records from now on the most rows that were ever shown with these words at once. */
export function watchRows(page, words) {
  return page.evaluate((words) => {
    window.mostRows = 0;
    const count = () => {
      const rows = [...document.querySelectorAll('[data-testid="message"]')];
      const found = rows.filter((row) => row.querySelector('.said').textContent.includes(words)).length;
      window.mostRows = Math.max(window.mostRows, found);
    };
    new MutationObserver(count).observe(document.body, { subtree: true, childList: true });
  }, words);
}

/** What `watchRows` has seen. */
export const mostRows = (page) => page.evaluate(() => window.mostRows);

/** The link to a room in the list. */
export const LINK = (room) => `${part('room-link')}[data-room="${room}"]`;

/** Opens the list of rooms, where it is not open anyway. */
export async function showRooms(page) {
  const button = page.locator(part('show-rooms'));
  if (await button.isVisible()) await button.click();
}

/** Goes to a room by its link in the list. */
export async function visit(page, room) {
  await showRooms(page);
  await page.click(LINK(room));
  await page.locator(`${part('room')}[data-room="${room}"]`).waitFor();
}

/** Goes somewhere as the browser's buttons do, without a reload. */
export const travel = (page, path) =>
  page.evaluate((path) => {
    history.pushState(null, '', path);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);

/** Opens the menu of the message with these words, by keyboard, and chooses from it. */
export async function act(page, words, ...actions) {
  await page.locator(part('message')).filter({ hasText: words }).last().locator(part('message-menu')).focus();
  await page.keyboard.press('Enter');
  await page.locator(part('message-actions')).waitFor();
  for (const action of actions) await page.click(part(action));
}

/** Has a page note, from when it is next loaded on, each message that it leads to and shows for a moment. */
export const noteShown = (page) =>
  page.addInitScript(() => {
    window.shown = new Set();
    let before = [];
    const note = () => {
      const now = [...document.querySelectorAll('article.flashed')].map(({ dataset }) => dataset.id);
      for (const id of now) if (!before.includes(id)) window.shown.add(id);
      before = now;
    };
    new MutationObserver(note).observe(document, { subtree: true, childList: true, attributeFilter: ['class'] });
  });

/** Waits until a message was shown for a moment; the next time it is waited for anew. */
export const wasShown = (page, id) => page.waitForFunction((id) => window.shown.delete(id), id);

/** Waits until everything that has happened so far is painted. */
export const painted = (page) => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));

/** How far the end of what was said lies below what is shown, in pixels. */
export const belowEnd = (page) => page.locator(part('messages')).evaluate((list) => list.scrollHeight - list.clientHeight - list.scrollTop);

/** Waits until there is something, and nothing lies below what is shown. */
export const isAtEnd = (page) =>
  page.waitForFunction((selector) => {
    const list = document.querySelector(selector);
    return list?.querySelector('article') && list.scrollHeight - list.clientHeight - list.scrollTop < 1;
  }, part('messages'));

/** Scrolls up by so many pixels, as a reader does, and waits until the page has seen it. */
export const scrollUp = (page, pixels) =>
  page.locator(part('messages')).evaluate(
    (list, pixels) =>
      new Promise((resolve) => {
        list.addEventListener('scroll', () => requestAnimationFrame(resolve), { once: true });
        list.scrollTop -= pixels;
        // At once: who was at the end is led back there by whatever changes a row before the browser tells of it.
        list.dispatchEvent(new Event('scroll'));
      }),
    pixels,
  );

/** What is wider than where it stands, each in a line: the lists, cards and dialogs that are open, and what is in them. */
export const tooWide = (page) =>
  page.evaluate(() => {
    const frames = [...document.querySelectorAll('main, aside, nav, section, form, dialog[open], dialog[open] .form, [role="log"]')];
    const isShown = (element) => element.checkVisibility({ visibilityProperty: true });
    const scrolls = frames.filter((frame) => isShown(frame) && frame.scrollWidth > frame.clientWidth + 1);
    const clips = (element) => getComputedStyle(element).overflowX !== 'visible';
    const isCut = (element) => {
      for (let at = element.parentElement; at && !frames.includes(at); at = at.parentElement) if (clips(at)) return true;
      return false;
    };
    const sticksOut = [...document.querySelectorAll('body *')].filter((element) => {
      if (!isShown(element) || element.closest('.unseen, svg') || isCut(element)) return false;
      const { left, right, width } = element.getBoundingClientRect();
      return width > 0 && (left < -1 || right > innerWidth + 1) && getComputedStyle(element).position !== 'fixed';
    });
    return [...scrolls, ...sticksOut].map((element) => element.outerHTML.slice(0, 100));
  });

/** What is pressed and smaller than a thumb, each in a line. */
export const tooSmall = (page) =>
  page.evaluate(() => {
    const roof = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document;
    // A link within what somebody wrote is as high as their words (WCAG 2.2, 2.5.8: inline).
    return [...roof.querySelectorAll('button, a[href], input, textarea, select, [role="option"], [role="tab"]')]
      .filter((target) => target.checkVisibility({ visibilityProperty: true }) && !target.closest('[inert], .text, .unseen, [aria-hidden="true"]'))
      // What is ticked is as large as its label.
      .map((target) => (target.matches('[type="checkbox"], [type="radio"]') ? (target.closest('label') ?? target) : target))
      .map((target) => ({ html: target.outerHTML.slice(0, 90), box: target.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < 39.9 || box.height < 39.9))
      .map(({ html, box }) => `${Math.round(box.width)}×${Math.round(box.height)} ${html}`);
  });

/** Waits until the browser keeps so many things of a kind of whoever uses it: 'rooms', or the 'outbox'. */
export function keeps(page, shelf, many) {
  const count = () =>
    page.evaluate(
      (shelf) =>
        new Promise((resolve) => {
          const opening = indexedDB.open(`openline ${localStorage.getItem('openline.person')}`);
          opening.onsuccess = () => {
            const counting = opening.result.transaction(shelf).objectStore(shelf).count();
            counting.onsuccess = () => {
              opening.result.close();
              resolve(counting.result);
            };
          };
        }),
      shelf,
    );
  return eventually(count, (found) => found === many);
}

/** Holds the answer to the next question of a kind back until it is let go. */
export async function holdAnswer(page, pattern) {
  const hold = {};
  for (const [event, happens] of [['isRead', 'read'], ['held', 'letGo'], ['isGiven', 'given']]) {
    hold[event] = new Promise((resolve) => (hold[happens] = resolve));
  }
  await page.route(pattern, async (route) => {
    const response = await route.fetch();
    hold.read();
    await hold.held;
    await route.fulfill({ response });
    await (await route.request().response()).finished();
    hold.given();
  }, { times: 1 });
  return hold;
}
