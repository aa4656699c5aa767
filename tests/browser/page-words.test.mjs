/** Words and the way they run: every language whole, from left to right or from right to left. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desk, eventually, launch, onBoth, phone } from './chromium.mjs';
import { join, part, row, showRooms, tooWide } from './page.mjs';
import { Server } from './server.mjs';
import { sweep } from './sweep.mjs';

const browser = await launch();

/** Words of the Latin script that the page shows besides what people wrote, names and addresses: in Chinese there are none. */
const latin = (page) =>
  page.evaluate(() => {
    // What is called so in Chinese, too; who the people of this walk are; and what is said in codes and keys.
    const known = /^(Openline|Ctrl|K|Enter|QR|curl|http\S*|Chrome|Linux|node|Olga|Ben|N{40}|lobby|garden|notices|olga|Plans|[^\p{L}]*)$/iu;
    const said = (node) => node.parentElement.closest('code, kbd, bdi, time, .face, .text, .said pre, [data-testid="quote"] span, [lang="en"], [lang="zh-Hans"], [role="option"]');
    const roof = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body;
    const walker = document.createTreeWalker(roof, NodeFilter.SHOW_TEXT);
    const found = [];
    const words = (text) => (text.replace(/https?:\S+|e\.g\./g, '').match(/\p{Script=Latin}+/gu) ?? []).filter((word) => !known.test(word));
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (!said(node) && node.parentElement.checkVisibility()) found.push(...words(node.textContent));
    }
    for (const element of roof.querySelectorAll('[aria-label], [title], [placeholder]')) {
      for (const name of ['aria-label', 'title', 'placeholder']) {
        if (!element.closest('.text, [data-testid="qr"]')) found.push(...words(element.getAttribute(name) ?? ''));
      }
    }
    return [...new Set(found)];
  });

onBoth('in Chinese no English word is left, wherever one looks', async (t, options) => {
  const found = [];
  const page = await sweep(t, browser, { ...options, locale: 'zh-CN' }, async (page, place) => {
    found.push(...(await latin(page)).map((word) => `${place}: ${word}`));
  });
  assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN');
  assert.deepEqual(found, []);
});

onBoth('another language is spoken at once, and after a reload', async (t, options) => {
  const server = await Server.start(t);
  const page = await join(t, browser, server.url, 'Ann', options);
  await showRooms(page);
  await page.click(part('open-settings'));
  await page.click(part('tab-looks'));
  await page.selectOption(part('language'), { label: '简体中文' });
  await page.getByRole('tab', { name: '账号' }).waitFor();
  await page.reload();
  await page.getByRole('button', { name: '发送' }).waitFor();
  assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN');
});

for (const [size, viewport] of Object.entries({ desk, phone })) {
  test(`from right to left the page is its own mirror: ${size}`, async (t) => {
    const server = await Server.start(t);
    const ben = await server.member('בן', 'lobby');
    await server.say('lobby', 'שלום **עולם** https://example.org/', ben);
    await server.say('lobby', 'and this runs from left to right', ben);
    const page = await join(t, browser, server.url, 'דנה', { viewport, hasTouch: size === 'phone' });
    await row(page, 'left to right', 'sent');
    // What a language file says that is written so.
    await page.evaluate(() => (document.documentElement.dir = 'rtl'));
    const box = (selector) => page.locator(selector).first().boundingBox();
    const face = await box(`${part('message')} .face`);
    const said = await box(`${part('message')} .said`);
    assert.ok(face.x >= said.x + said.width, 'the face stands to the right of what is said');
    assert.deepEqual(await tooWide(page), []);
    if (size === 'phone') {
      await page.click(part('show-rooms'));
      await eventually(() => box(part('sidebar')), ({ x, width }) => Math.abs(x + width - viewport.width) < 1);
    } else {
      const { x, width } = await box(part('sidebar'));
      assert.equal(x + width, viewport.width, 'the rooms stand at the right');
      await page.click(part('people'));
      assert.equal((await box(part('panel'))).x, 0, 'and the people at the left');
    }
    const direction = (words) => page.locator(`${part('message')} .text`).filter({ hasText: words }).evaluate((text) => getComputedStyle(text).direction);
    assert.deepEqual([await direction('שלום'), await direction('this runs')], ['rtl', 'ltr'], 'each message runs as it is written');
  });
}
