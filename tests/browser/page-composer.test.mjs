/** The composer: what it offers while one writes, how it grows, what Enter means, and how it edits and answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, launch, phone } from './chromium.mjs';
import { join, part, row, say } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

const COMPOSER = part('composer');
const OPTIONS = `${part('suggestions')} [role="option"]`;

const written = (page) => page.inputValue(COMPOSER);
const offers = (page, expected) =>
  eventually(
    () => page.locator(OPTIONS).allTextContents(),
    (found) => JSON.stringify(found.map((text) => text.replace(/\s+/g, ' ').trim())) === JSON.stringify(expected),
  );
const isChosen = (page, name) => page.locator(`${OPTIONS}[aria-selected="true"]`).filter({ hasText: name }).waitFor();

test('@ offers the people of the room, also by a part of a Chinese name; arrows choose, Enter and Tab take', async (t) => {
  const server = await Server.start(t);
  for (const name of ['Mira', '林小雨', 'Samir']) await server.member(name, 'lobby');
  const page = await join(t, browser, server.url, 'Ann');
  await page.focus(COMPOSER);
  await page.keyboard.type('hey @mi');
  await isChosen(page, 'Mira');
  assert.equal(await page.locator(OPTIONS).count(), 2, 'Samir has it in the middle');
  await page.keyboard.press('ArrowDown');
  await isChosen(page, 'Samir');
  await page.keyboard.press('ArrowDown');
  await isChosen(page, 'Mira');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  assert.equal(await written(page), 'hey @Samir ');
  assert.equal(await page.locator(part('message')).count(), 0, 'Enter chose, and sent nothing');
  await page.keyboard.type('@小');
  await isChosen(page, '林小雨');
  await page.keyboard.press('Tab');
  assert.equal(await written(page), 'hey @Samir @林小雨 ');
  assert.ok(await page.locator(COMPOSER).evaluate((field) => field === document.activeElement));
});

test('# offers rooms and : emoji, and Esc closes only what is offered', async (t) => {
  const server = await Server.start(t);
  const page = await join(t, browser, `${server.url}/rooms/garden`, 'Ann');
  await page.focus(COMPOSER);
  await page.keyboard.type('see #gar');
  await offers(page, ['#garden']);
  await page.keyboard.press('Enter');
  await page.keyboard.type(':tada');
  await offers(page, ['🎉 :tada:']);
  await page.keyboard.press('Tab');
  assert.equal(await written(page), 'see #garden 🎉 ');
  await page.keyboard.type(':rocke');
  await offers(page, ['🚀 :rocket:']);
  await page.keyboard.press('Escape');
  await offers(page, []);
  await page.keyboard.type('t');
  await page.keyboard.press('Enter');
  await row(page, 'see #garden 🎉 :rocket', 'sent');
  await page.keyboard.type('at 10:30 or a@b');
  await offers(page, []);
});

test('the Enter that ends a composition takes nothing that is offered', async (t) => {
  const server = await Server.start(t);
  await server.member('林小雨', 'lobby');
  const page = await join(t, browser, server.url, 'Ann');
  await page.focus(COMPOSER);
  await page.keyboard.type('@小');
  await isChosen(page, '林小雨');
  const composing = await page.locator(COMPOSER).evaluate((field) => {
    const enter = new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, isComposing: true, bubbles: true, cancelable: true });
    field.dispatchEvent(enter);
    // Safari ends the composition first.
    field.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }));
    const after = new KeyboardEvent('keydown', { key: 'Enter', keyCode: 13, bubbles: true, cancelable: true });
    field.dispatchEvent(after);
    return enter.defaultPrevented || after.defaultPrevented;
  });
  assert.equal(composing, false);
  assert.equal(await written(page), '@小');
  await page.keyboard.press('Enter');
  assert.equal(await written(page), '@林小雨 ');
});

test('it grows to two fifths of the height, then scrolls', async (t) => {
  const server = await Server.start(t);
  const page = await join(t, browser, server.url, 'Ann', { viewport: phone, hasTouch: true });
  const height = () => page.locator(COMPOSER).evaluate((field) => field.clientHeight);
  const one = await height();
  await page.fill(COMPOSER, 'a\nb\nc');
  await eventually(height, (now) => now > one + 30);
  await page.fill(COMPOSER, 'a\n'.repeat(60));
  const most = await eventually(height, (now) => now > phone.height * 0.35);
  assert.ok(most <= phone.height * 0.4 + 1, `${most} px`);
  const scrolls = await page.locator(COMPOSER).evaluate((field) => field.scrollHeight > field.clientHeight);
  assert.ok(scrolls);
  await page.fill(COMPOSER, '');
  await eventually(height, (now) => now === one);
});

test('what Enter does can be chosen, and holds', async (t) => {
  const server = await Server.start(t);
  const page = await join(t, browser, server.url, 'Ann');
  await page.click(part('open-settings'));
  await page.click(part('tab-looks'));
  await page.selectOption(part('enter'), 'line');
  await page.keyboard.press('Escape');
  await page.reload();
  await page.locator(part('here')).waitFor();
  await page.focus(COMPOSER);
  await page.keyboard.type('one');
  await page.keyboard.press('Enter');
  await page.keyboard.type('two');
  assert.equal(await written(page), 'one\ntwo');
  await page.keyboard.press('Control+Enter');
  await row(page, 'one', 'sent');
});

test('↑ in an empty composer edits what one said last; Esc leaves it as it was', async (t) => {
  const server = await Server.start(t);
  const page = await join(t, browser, server.url, 'Ann');
  await say(page, 'frist');
  await row(page, 'frist', 'sent');
  await page.focus(COMPOSER);
  await page.keyboard.press('ArrowUp');
  await page.locator(part('editing')).waitFor();
  await eventually(() => written(page), (text) => text === 'frist');
  await page.keyboard.press('Escape');
  await page.locator(part('editing')).waitFor({ state: 'detached' });
  assert.equal(await written(page), '');
  await page.keyboard.press('ArrowUp');
  await eventually(() => written(page), (text) => text === 'frist');
  await page.fill(COMPOSER, 'first');
  await page.keyboard.press('Enter');
  await row(page, 'first', 'sent');
  await page.locator(part('edited')).waitFor();
  assert.equal(await page.locator(part('message')).count(), 1);
  const [message] = await eventually(() => server.history('lobby'), ([message]) => message?.body === 'first');
  assert.ok(message.edited);
});

test('an answer shows what it answers, there and in its thread', async (t) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  await server.say('lobby', 'Who brings **cake**?', ben);
  const page = await join(t, browser, server.url, 'Ann');
  await row(page, 'Who brings', 'sent');
  await page.focus(part('message-menu'));
  await page.keyboard.press('Enter');
  await page.click(part('action-reply'));
  await page.locator(part('replying')).waitFor();
  await eventually(
    () => page.locator(COMPOSER).evaluate((field) => field === document.activeElement),
    (has) => has,
  );
  await page.keyboard.type('I do');
  await page.keyboard.press('Enter');
  await row(page, 'I do', 'sent');
  await page.locator(part('replying')).waitFor({ state: 'detached' });
  assert.match(await page.locator(part('quote')).innerText(), /Ben\s+Who brings cake\?/);
  await page.click(part('replies'));
  await page.locator(`${part('thread')} ${part('message')}`).nth(1).waitFor();
  await page.fill(part('thread-composer'), 'Thanks!');
  await page.press(part('thread-composer'), 'Enter');
  await page.locator(`${part('thread')} ${part('message')}`).nth(2).waitFor();
  const messages = await eventually(() => server.history('lobby'), (all) => all.length === 3);
  assert.equal(messages[2].reply_to, messages[0].id);
});
