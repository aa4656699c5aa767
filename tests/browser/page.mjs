/** Openline's own page, as somebody who sits before it uses it. */
import { eventually, open, PATIENCE } from './chromium.mjs';

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

/** Waits until the room is there and its line is open. */
export async function isListening(page) {
  // The line's first word tells how many are here.
  await page.locator(part('here')).waitFor();
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
export async function showsRows(page, expected) {
  const read = () =>
    [...document.querySelectorAll('[data-testid="message"]')].map((row) => {
      const text = row.querySelector('.said').firstElementChild.textContent;
      return `${row.dataset.state}: ${text}`;
    });
  const until = Date.now() + PATIENCE;
  for (;;) {
    const rows = await page.evaluate(read);
    if (JSON.stringify(rows) === JSON.stringify(expected)) return;
    if (Date.now() > until) throw new Error(`the page shows ${JSON.stringify(rows)}, not ${JSON.stringify(expected)}`);
    await page.evaluate(
      () =>
        new Promise((resolve) => {
          const observer = new MutationObserver(done);
          const timer = setTimeout(done, 1000);
          observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
          function done() {
            observer.disconnect();
            clearTimeout(timer);
            resolve();
          }
        }),
    );
  }
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

/** Goes to a room by its link in the list. */
export async function visit(page, room) {
  await page.click(`${part('room-link')}[data-room="${room}"]`);
  await page.locator(`${part('room')}[data-room="${room}"]`).waitFor();
}

/** Waits until the browser keeps so many rooms of whoever uses it. */
export function keptRooms(page, many) {
  const count = () =>
    page.evaluate(
      () =>
        new Promise((resolve) => {
          const opening = indexedDB.open(`openline ${localStorage.getItem('openline.person')}`);
          opening.onsuccess = () => {
            const counting = opening.result.transaction('rooms').objectStore('rooms').count();
            counting.onsuccess = () => {
              opening.result.close();
              resolve(counting.result);
            };
          };
        }),
    );
  return eventually(count, (rooms) => rooms === many);
}
