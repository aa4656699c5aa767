/**
 * What holds wherever one looks: axe finds no fault (WCAG 2.2 A and AA) in light and in dark, nothing is wider than where it
 * stands, and on a phone everything that is pressed is large enough.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { launch, onBoth, sizes } from './chromium.mjs';
import { tooSmall, tooWide } from './page.mjs';
import { settled, sweep } from './sweep.mjs';

const browser = await launch();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const EVERYTHING = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** The rules that have to do with colours. */
const COLOURS = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };

/** What axe finds, each in a line. */
async function faults(page, runOnly) {
  // Evaluated by the browser's tools, which the page's policy does not bind.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  // Behind a dialog nothing can be reached.
  const found = await page.evaluate((runOnly) => window.axe.run([...document.querySelectorAll('dialog[open]')].at(-1) ?? document, { runOnly }), runOnly);
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary}`));
}

/** What axe finds in dark, where colours alone are others. */
async function faultsInDark(page) {
  await page.emulateMedia({ colorScheme: 'dark' });
  await settled(page);
  const found = await faults(page, COLOURS);
  await page.emulateMedia({ colorScheme: 'light' });
  await settled(page);
  return found.map((fault) => `in dark, ${fault}`);
}

/** Where something is wrong, each in a line; what may be is found by these. */
async function wherever(t, options, ...lookers) {
  const found = [];
  await sweep(t, browser, { ...options, colorScheme: 'light' }, async (page, place) => {
    for (const look of lookers) found.push(...(await look(page)).map((what) => `${place}: ${what}`));
  });
  return found;
}

const sized = (options) => (options.hasTouch ? [tooWide, tooSmall] : [tooWide]);

onBoth('nobody is hindered, and everything has its place', async (t, options) => {
  assert.deepEqual(await wherever(t, options, (page) => faults(page, EVERYTHING), faultsInDark, ...sized(options)), []);
});

test('on the smallest phone, too, everything has its place', async (t) => {
  const options = { ...sizes.phone, viewport: { width: 320, height: 568 } };
  assert.deepEqual(await wherever(t, options, ...sized(options)), []);
});
