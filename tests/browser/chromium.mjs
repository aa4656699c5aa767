/** Chromium, driven from a test: pages that record what goes wrong in them, and waiting for what shall be. */
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';
import { whenOver } from './ending.mjs';

const executablePath = process.env.OPENLINE_CHROMIUM ?? '/usr/bin/chromium';

const args = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** How long anything may take, on a machine that is busy with other things. */
export const PATIENCE = 20_000;

export const desk = { width: 1280, height: 800 };
export const phone = { width: 360, height: 740 };

/** How somebody sits before the page: at a desk, or with a phone in their hand. */
export const sizes = { desk: { viewport: desk }, phone: { viewport: phone, hasTouch: true, isMobile: true } };

/** A test at each size; it gets the options of a context, which also say which size it is. */
export function onBoth(name, body) {
  for (const [size, options] of Object.entries(sizes)) test(`${size}: ${name}`, (t) => body(t, options, size));
}

/** One browser for all tests of a file, closed after the last; with more flags, and more in its environment. */
export async function launch({ flags = [], env = {} } = {}) {
  const browser = await chromium.launch({ executablePath, args: [...args, ...flags], env: { ...process.env, ...env } });
  after(() => browser.close());
  return browser;
}

/**
 * A context of its own, as if another person sat at another machine. `faults` collects what no page may do:
 * errors in its console, exceptions and violations of its policy.
 */
export async function visitor(t, browser, options = {}) {
  const context = await browser.newContext({ viewport: desk, locale: 'en-GB', ...options });
  context.setDefaultTimeout(PATIENCE);
  const faults = [];
  context.on('console', (message) => {
    if (message.type() === 'error') faults.push(`${message.text()} ${message.location().url}`);
  });
  context.on('weberror', (fault) => faults.push(String(fault.error())));
  let isOpen = true;
  context.once('close', () => (isOpen = false));
  whenOver(t, () => isOpen && close(context));
  return { context, faults };
}

/** Closes a context. What the test holds back, or asks in a page's place, is let go of first. */
async function close(context) {
  for (const one of [...context.pages(), context]) await one.unrouteAll({ behavior: 'ignoreErrors' });
  await context.close();
}

/** Opens a page in a context of its own. */
export async function open(t, browser, url, options) {
  const { context, faults } = await visitor(t, browser, options);
  const page = await context.newPage();
  page.faults = faults;
  await page.goto(url);
  return page;
}

/**
 * Takes the network away from a page and its context. A browser that is busy with other requests says so before it is so,
 * and one more gets through: so this waits until one fails.
 */
export async function goOffline(page) {
  await page.context().setOffline(true);
  const reaches = async () => (await fetch('/', { method: 'HEAD' }).catch(() => undefined)) !== undefined;
  await eventually(() => page.evaluate(reaches), (isReached) => !isReached);
}

/** From now on the time of a page goes on only when the test says so. Its clock has to be installed. */
export async function stopClock(page) {
  // It can only stop at a time that is yet to come. When that has gone by before the page hears of it, the clock stands, too.
  const soon = await page.evaluate(() => Date.now() + 1_000);
  await page.clock.pauseAt(soon).catch((error) => {
    if (!error.message.includes('Cannot fast-forward to the past')) throw error;
    return stopClock(page);
  });
}

/** Waits until a question about the server has the answer that it shall have. */
export async function eventually(ask, isRight) {
  const until = Date.now() + PATIENCE;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (Date.now() > until) throw new Error(`it stays ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Waits until exactly these texts stand in the elements, in this order. */
export async function shows(page, selector, texts) {
  await page
    .waitForFunction(
      ([selector, texts]) => {
        const found = [...document.querySelectorAll(selector)].map((element) => element.textContent.trim());
        return JSON.stringify(found) === texts;
      },
      [selector, JSON.stringify(texts)],
    )
    .catch(async (error) => {
      const found = await page.locator(selector).allTextContents();
      throw new Error(`${selector} shows ${JSON.stringify(found)}, not ${JSON.stringify(texts)}`, { cause: error });
    });
}
