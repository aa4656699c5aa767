/** Words and the way they run: every language whole, from left to right or from right to left. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desk, eventually, launch, open, phone } from './chromium.mjs';
import { giveName, join, part, row } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

/** Words of the Latin script that the page shows besides names: in Chinese there are none. */
const latin = (page) =>
  page.evaluate(() => {
    const known = /^(Openline|Ctrl|K|Enter|QR|curl|lobby|http\S*|Ann|hello|d|cmd|\d+|[^\p{L}]*)$/iu;
    const said = (node) => node.parentElement.closest('code, bdi, kbd, .face, [lang="en"], [lang="zh-Hans"], [data-testid="message"], [data-testid="session"]');
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (said(node) || !node.parentElement.checkVisibility()) continue;
      found.push(...(node.textContent.match(/\p{Script=Latin}+/gu) ?? []).filter((word) => !known.test(word)));
    }
    for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
      for (const name of ['aria-label', 'title', 'placeholder']) {
        const text = element.getAttribute(name) ?? '';
        found.push(...(text.match(/\p{Script=Latin}{4,}/gu) ?? []).filter((word) => !known.test(word) && !element.closest('[data-testid="emoji-picker"], [data-testid="qr"]')));
      }
    }
    return [...new Set(found)];
  });

test('in Chinese no English word is left, wherever one looks', async (t) => {
  const server = await Server.start(t);
  const page = await open(t, browser, server.url, { locale: 'zh-CN' });
  await page.locator(part('name-card')).waitFor();
  assert.deepEqual(await latin(page), [], 'the name card');
  await giveName(page, 'Ann');
  assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN');
  await page.locator(part('empty-card')).waitFor();
  assert.deepEqual(await latin(page), [], 'an empty room');
  await page.click(part('people'));
  await page.locator(part('person')).first().waitFor();
  assert.deepEqual(await latin(page), [], 'the people');
  for (const [button, content] of [['open-switcher', 'switcher'], ['new-room', 'new-room-form'], ['browse', 'browse-rooms'], ['invite', 'invite-dialog'], ['room-settings', 'room-form'], ['open-settings', 'settings']]) {
    await page.click(part(button));
    await page.locator(part(content)).waitFor();
    assert.deepEqual(await latin(page), [], content);
    if (content === 'settings') {
      for (const tab of ['looks', 'account', 'devices']) {
        await page.click(part(`tab-${tab}`));
        assert.deepEqual(await latin(page), [], tab);
      }
    }
    await page.keyboard.press('Escape');
    await page.locator(part(content)).waitFor({ state: 'detached' });
  }
});

test('another language is spoken at once, and after a reload', async (t) => {
  const server = await Server.start(t);
  const page = await join(t, browser, server.url, 'Ann');
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
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
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
