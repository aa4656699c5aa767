/** How the page looks: on a desk and on a phone, light and dark, in each language. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desk, launch, onBoth, open, phone } from './chromium.mjs';
import { giveName, isListening, join, part, row, showRooms } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

const languages = {
  'en-GB': { lang: 'en', placeholder: 'Message #lobby', button: 'Join' },
  'zh-CN': { lang: 'zh-CN', placeholder: '在 #lobby 中说点什么', button: '加入' },
};

/** How light a colour is, from 0 to 1 (WCAG 2, relative luminance). */
function luminance([red, green, blue]) {
  const linear = [red, green, blue].map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

/** The contrast between the words of an element and what is behind them (WCAG 2, 1.4.3). */
async function contrast(page, selector) {
  const colours = await page.locator(selector).first().evaluate((element) => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const paint = (colour) => {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    };
    const read = () => [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)].map((part) => part / 255);
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.unshift(getComputedStyle(at).backgroundColor);
    paint('white');
    layers.forEach(paint);
    const behind = read();
    paint(getComputedStyle(element).color);
    return { behind, words: read() };
  });
  const [dark, light] = [luminance(colours.words), luminance(colours.behind)].sort((a, b) => a - b);
  return { ratio: (light + 0.05) / (dark + 0.05), behind: luminance(colours.behind) };
}

for (const [size, viewport] of Object.entries({ desk, phone })) {
  for (const colorScheme of ['light', 'dark']) {
    for (const [locale, words] of Object.entries(languages)) {
      test(`${size}, ${colorScheme}, ${locale}`, async (t) => {
        const server = await Server.start(t);
        const page = await open(t, browser, server.url, { viewport, colorScheme, locale, hasTouch: size === 'phone' });
        const button = page.locator(part('name-button'));
        await button.waitFor();
        assert.equal((await button.textContent()).trim(), words.button);
        await giveName(page, '小明 Ming');
        assert.equal(await page.getAttribute('html', 'lang'), words.lang);
        assert.equal(await page.getAttribute(part('composer'), 'placeholder'), words.placeholder);
        await server.say('lobby', 'hello');
        await row(page, 'hello', 'sent');
        const frame = page.locator(`meta[name="theme-color"][media*="${colorScheme}"]`);
        assert.equal(await frame.getAttribute('content'), colorScheme === 'light' ? '#ffffff' : '#15171a');
        for (const selector of [`${part('message')} .said`, `${part('message')} time`, `${part('message')} header b`, part('here')]) {
          const { ratio, behind } = await contrast(page, selector);
          assert.ok(ratio >= 4.5, `${selector} has a contrast of ${ratio.toFixed(2)}`);
          assert.equal(behind > 0.5, colorScheme === 'light', `${selector} stands on ${behind}`);
        }
        assert.deepEqual(page.faults, []);
      });
    }
  }
}

onBoth('what is chosen, a theme or a language, holds after a reload and before the first paint', async (t, options) => {
  const server = await Server.start(t);
  const page = await join(t, browser, server.url, 'Ann', { ...options, colorScheme: 'light' });
  await showRooms(page);
  await page.click(part('open-settings'));
  await page.click(part('tab-looks'));
  await page.selectOption(part('theme'), 'dark');
  await page.selectOption(part('language'), { label: '简体中文' });
  await page.waitForFunction(() => document.documentElement.lang === 'zh-CN');
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!document.body) return;
      window.themeAtFirst = document.documentElement.dataset.theme;
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
  });
  await page.reload();
  await isListening(page);
  assert.equal(await page.evaluate(() => window.themeAtFirst), 'dark');
  // So is what the browser paints around the page, whatever the system says.
  const frames = await page.locator('meta[name="theme-color"]').evaluateAll((all) => all.map(({ content }) => content));
  assert.deepEqual(frames, ['rgb(21, 23, 26)', 'rgb(21, 23, 26)']);
  assert.equal(await page.getAttribute(part('composer'), 'placeholder'), languages['zh-CN'].placeholder);
});

test('on a phone the rooms are a drawer', async (t) => {
  const server = await Server.start(t);
  const page = await join(t, browser, server.url, 'Ann', { viewport: phone, hasTouch: true, isMobile: true });
  const isDrawn = (drawn) =>
    page.waitForFunction(
      ([selector, drawn]) => {
        const box = document.querySelector(selector).getBoundingClientRect();
        return drawn ? box.left === 0 : box.right <= 0;
      },
      [part('sidebar'), drawn],
    );
  await isDrawn(false);
  await page.tap(part('show-rooms'));
  await isDrawn(true);
  await page.tap(part('open-switcher'));
  await page.fill(part('switcher-field'), 'Garden Shed');
  await page.press(part('switcher-field'), 'Enter');
  await page.locator(`${part('room')}[data-room="garden-shed"]`).waitFor();
  await isListening(page);
  await isDrawn(false);
  assert.equal(new URL(page.url()).pathname, '/rooms/garden-shed');
  assert.deepEqual(page.faults, []);
});
