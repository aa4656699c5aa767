/** What a row of the list shows, and what can be done with it: with a mouse, with a finger, with keys alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, launch, onBoth, phone, shows, visitor } from './chromium.mjs';
import { act, giveName, join, part, row, say } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

const MESSAGE = part('message');
const message = (page, words) => page.locator(MESSAGE).filter({ hasText: words });

/** A room in which Ben has said this, and Ann who looks at it. */
async function room(t, said, options) {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  for (const words of said) await server.say('lobby', words, ben);
  const page = await join(t, browser, server.url, 'Ann', options);
  await page.locator(MESSAGE).nth(said.length - 1).waitFor();
  return { server, ben, page };
}

onBoth('Markdown becomes elements, and nothing else does', async (t, options) => {
  const hostile = '<img src=x onerror="document.title=1"> [x](javascript:document.title=1)';
  const { page } = await room(t, ['**bold** and `code`', '- one\n- two', '```js\nconst x = 1;\n```', hostile, 'see https://example.org/a_b_c'], options);
  assert.equal(await page.locator(`${MESSAGE} strong`).innerText(), 'bold');
  assert.deepEqual(await page.locator(`${MESSAGE} li`).allInnerTexts(), ['one', 'two']);
  await page.locator(`${MESSAGE} pre .keyword`).filter({ hasText: 'const' }).waitFor();
  assert.equal(await message(page, 'onerror').locator('img, a').count(), 0);
  assert.equal(await message(page, 'onerror').locator('.text').innerText(), hostile);
  const link = page.locator(`${MESSAGE} a`);
  assert.equal(await link.getAttribute('href'), 'https://example.org/a_b_c');
  assert.match((await link.getAttribute('rel')) ?? '', /noopener/);
  assert.deepEqual(page.faults, []);
});

onBoth('a few emoji alone are large', async (t, options) => {
  const { page } = await room(t, ['🎉', 'so 🎉'], options);
  const size = (words) => message(page, words).last().locator('.text').evaluate((text) => parseFloat(getComputedStyle(text).fontSize));
  const [alone, among] = [await page.locator(`${MESSAGE} .text`).first().evaluate((text) => parseFloat(getComputedStyle(text).fontSize)), await size('so')];
  assert.ok(alone >= among * 2, `${alone} and ${among}`);
});

onBoth('times are short, whole when pointed at, and as the reader writes them', async (t, options) => {
  const server = await Server.start(t);
  const sent = await server.say('lobby', 'hello', await server.member('Ben', 'lobby'));
  for (const [locale, twelve] of [['en-US', true], ['en-GB', false], ['zh-CN', false]]) {
    const page = await join(t, browser, server.url, 'Ann', { ...options, locale });
    const time = page.locator(`${MESSAGE} time`).first();
    assert.equal(await time.getAttribute('datetime'), sent.at);
    assert.equal(/AM|PM/.test(await time.innerText()), twelve, locale);
    assert.match((await time.getAttribute('title')) ?? '', new RegExp(String(new Date(sent.at).getFullYear())));
  }
});

onBoth('a reaction is there at once, is taken back by a second press, and says whose it is', async (t, options) => {
  const { server, page, ben } = await room(t, ['cake?'], options);
  await page.focus(part('message-menu'));
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'React with 🎉' }).click();
  const chip = page.locator(`${part('reaction')}[data-emoji="🎉"]`);
  await chip.waitFor();
  assert.equal(await chip.getAttribute('aria-pressed'), 'true');
  const [stored] = await eventually(() => server.history('lobby'), ([stored]) => stored.reactions?.[0]?.count === 1);
  await server.ask('PUT', `/rooms/lobby/${stored.id}/reactions/${encodeURIComponent('🎉')}`, {}, ben);
  await eventually(() => chip.innerText(), (text) => text.includes('2'));
  assert.match((await chip.getAttribute('title')) ?? '', /Ann.*Ben|Ben.*Ann/);
  await chip.click();
  await eventually(() => chip.getAttribute('aria-pressed'), (pressed) => pressed === 'false');
  await eventually(() => server.history('lobby'), ([stored]) => stored.reactions?.[0]?.count === 1);
});

onBoth('the picker finds emoji by English and Chinese names, and reacts with what is not among the first', async (t, options) => {
  const { page } = await room(t, ['cake?'], options);
  await page.focus(part('message-menu'));
  await page.keyboard.press('Enter');
  await page.click(part('more-emoji'));
  await page.fill(part('emoji-search'), '火箭');
  await page.locator('[data-emoji="🚀"]').first().waitFor();
  await page.fill(part('emoji-search'), 'hedge');
  await page.locator('[data-emoji="🦔"]').waitFor();
  await page.keyboard.press('Enter');
  await page.locator(`${part('reaction')}[data-emoji="🦔"]`).waitFor();
});

onBoth('one deletes by a second press; what has answers leaves a tombstone, what has none is gone', async (t, options) => {
  const server = await Server.start(t);
  const page = await join(t, browser, server.url, 'Ann', options);
  for (const words of ['first', 'second']) {
    await say(page, words);
    await row(page, words, 'sent');
  }
  const [first] = await server.history('lobby');
  await server.say('lobby', { body: 'an answer', reply_to: first.id }, await server.member('Ben', 'lobby'));
  await row(page, 'an answer', 'sent');
  for (const words of ['first', 'second']) {
    await page.locator(`${MESSAGE}[data-own="true"]`).filter({ hasText: words }).locator(part('message-menu')).focus();
    await page.keyboard.press('Enter');
    await page.click(part('action-delete'));
    assert.equal(await message(page, words).count() > 0, true, 'the first press only asks');
    await page.click(part('action-delete'));
    await eventually(() => page.locator(`${MESSAGE} .text`).allInnerTexts(), (all) => !all.includes(words));
  }
  await page.locator(part('tombstone')).waitFor();
  assert.equal(await page.locator(MESSAGE).count(), 2);
  const quote = await eventually(() => page.locator(part('quote')).innerText(), (text) => text.includes('deleted'));
  assert.doesNotMatch(quote, /first/);
});

onBoth('from message to message with the arrow keys, into the menu and back with Esc', async (t, options) => {
  const { page } = await room(t, ['one', 'two', 'three'], options);
  await page.locator(part('message-menu')).last().focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  const focused = () => page.evaluate(() => document.activeElement.closest('article')?.querySelector('.text').textContent);
  assert.equal(await focused(), 'one');
  await page.keyboard.press('Enter');
  await page.locator(part('message-actions')).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  await page.locator(part('message-actions')).waitFor({ state: 'detached' });
  assert.equal(await focused(), 'one');
});

test('a long press opens the menu, and letting go presses nothing', async (t) => {
  // The second stands in a group, and so has no time of its own on a phone.
  const { page, server } = await room(t, ['first', 'https://example.org/'], { viewport: phone, hasTouch: true, isMobile: true, locale: 'en-GB' });
  const box = await page.locator(`${MESSAGE} a`).boundingBox();
  const devtools = await page.context().newCDPSession(page);
  const touchPoints = [{ x: box.x + 20, y: box.y + 8 }];
  await devtools.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints });
  await page.locator(part('message-actions')).waitFor();
  await devtools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  const stored = (await server.history('lobby'))[1];
  const when = page.locator(`${part('message-actions')} time`);
  assert.equal(await when.getAttribute('datetime'), stored.at);
  assert.match(await when.innerText(), new RegExp(`${new Date(stored.at).getFullYear()}.*\\d\\d:\\d\\d:\\d\\d`), 'day and time, in full');
  await page.tap(part('action-reply'));
  await page.locator(part('replying')).waitFor();
  assert.equal(page.context().pages().length, 1, 'the link was not followed');
});

onBoth('the link of a message is copied, also where there is no clipboard', async (t, options) => {
  const { server, page } = await room(t, ['look'], options);
  await page.evaluate(() => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
    document.addEventListener('copy', () => (window.copiedText = String(document.activeElement.value)), true);
  });
  await page.focus(part('message-menu'));
  await page.keyboard.press('Enter');
  await page.click(part('action-link'));
  const [stored] = await server.history('lobby');
  await eventually(() => page.evaluate(() => window.copiedText), (text) => text === `${server.url}/rooms/lobby/${stored.id}`);
});

onBoth('what people have reacted to leaves a tombstone, until the last of them takes that back', async (t, options) => {
  const server = await Server.start(t);
  const page = await join(t, browser, server.url, 'Ann', options);
  await say(page, 'regretted');
  await row(page, 'regretted', 'sent');
  const [{ id }] = await server.history('lobby');
  const ben = await server.member('Ben', 'lobby');
  const bens = `/rooms/lobby/${id}/reactions/${encodeURIComponent('🎉')}`;
  await server.ask('PUT', bens, {}, ben);
  const chip = page.locator(part('reaction'));
  await chip.click();
  await shows(page, part('reaction'), ['🎉2']);
  await act(page, 'regretted', 'action-delete', 'action-delete');
  await page.locator(part('tombstone')).waitFor();
  await eventually(() => server.history('lobby'), ([left]) => left.body === undefined && left.reactions[0].count === 2);
  assert.equal(await page.getByText('regretted').count(), 0);
  await page.reload();
  await page.locator(part('tombstone')).waitFor();
  await shows(page, part('reaction'), ['🎉2']);
  await chip.click();
  await shows(page, part('reaction'), ['🎉1']);
  assert.equal(await chip.isDisabled(), true, 'it can only be taken back');
  await server.ask('DELETE', bens, undefined, ben);
  await page.locator(MESSAGE).waitFor({ state: 'detached' });
  assert.deepEqual(await server.history('lobby'), []);
});

onBoth('what was said too long ago cannot be said differently', async (t, options) => {
  const server = await Server.start(t, { env: { OPENLINE_ROOMS_EDIT_WINDOW: '1h' } });
  const { context } = await visitor(t, browser, options);
  const page = await context.newPage();
  await page.clock.install();
  await page.goto(server.url);
  await giveName(page, 'Ann');
  await say(page, 'helo');
  await row(page, 'helo', 'sent');
  await act(page, 'helo');
  await page.locator(part('action-edit')).waitFor();
  await page.keyboard.press('Escape');
  await page.locator(part('message-actions')).waitFor({ state: 'detached' });
  await page.focus(part('composer'));
  await page.keyboard.press('ArrowUp');
  await page.locator(part('editing')).waitFor();
  await page.keyboard.press('Escape');
  await page.locator(part('editing')).waitFor({ state: 'detached' });
  await page.clock.fastForward(3_700_000);
  await page.keyboard.press('ArrowUp');
  assert.equal(await page.locator(part('editing')).count(), 0);
  await act(page, 'helo');
  await page.locator(part('action-copy')).waitFor();
  assert.equal(await page.locator(part('action-edit')).count(), 0);
});

test('at a desk the buttons of a message come with the mouse, or with the focus', async (t) => {
  const { page } = await room(t, ['one', 'two']);
  const seen = () => page.locator(`${MESSAGE} .tools`).evaluateAll((all) => all.map((tools) => getComputedStyle(tools).opacity));
  await page.mouse.move(5, 5);
  await eventually(seen, (all) => all.join() === '0,0');
  await message(page, 'two').hover();
  await eventually(seen, (all) => all.join() === '0,1');
  await message(page, 'two').getByRole('button', { name: 'React', exact: true }).waitFor();
  await message(page, 'two').getByRole('button', { name: 'Reply', exact: true }).click();
  await page.locator(part('replying')).waitFor();
  await page.mouse.move(5, 5);
  await message(page, 'one').locator(part('message-menu')).focus();
  await eventually(seen, (all) => all.join() === '1,0');
});

test('a line is at most about 72 characters long', async (t) => {
  const { page } = await room(t, ['word '.repeat(120)], { viewport: { width: 1920, height: 1080 } });
  const characters = await page.locator(`${MESSAGE} .text`).evaluate((text) => {
    const zeros = document.createElement('span');
    zeros.textContent = '0'.repeat(100);
    text.append(zeros);
    zeros.style.whiteSpace = 'nowrap';
    const { width } = zeros.getBoundingClientRect();
    zeros.remove();
    return text.getBoundingClientRect().width / (width / 100);
  });
  assert.ok(characters > 60 && characters < 80, `${characters} zeros`);
});
