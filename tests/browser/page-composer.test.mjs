/** The composer: what it offers while one writes, how it grows, what Enter means, and how it edits and answers. */
import assert from 'node:assert/strict';
import { eventually, goOffline, launch, onBoth, phone } from './chromium.mjs';
import { act, isListening, join, part, row, say, showRooms, showsRows, travel, visit } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

const COMPOSER = part('composer');
const OPTIONS = `${part('suggestions')} [role="option"]`;

const written = (page) => page.inputValue(COMPOSER);
const isWritten = (page, expected) => eventually(() => written(page), (text) => text === expected);
const offers = (page, expected) =>
  eventually(
    () => page.locator(OPTIONS).allTextContents(),
    (found) => JSON.stringify(found.map((text) => text.replace(/\s+/g, ' ').trim())) === JSON.stringify(expected),
  );
const isChosen = (page, name) => page.locator(`${OPTIONS}[aria-selected="true"]`).filter({ hasText: name }).waitFor();
const isFocused = (page, selector = COMPOSER) =>
  eventually(() => page.locator(selector).evaluate((field) => field === document.activeElement), (has) => has);
/** A key as an input method leaves it to the page. */
const composes = (page, key, how) =>
  page.locator(COMPOSER).evaluate(
    (field, [key, how]) => !field.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...how })),
    [key, how],
  );

onBoth('@ offers the people of the room, also by a part of a Chinese name; arrows choose, Enter and Tab take, and a tap', async (t, options) => {
  const server = await Server.start(t);
  for (const name of ['Mira', '林小雨', 'Samir']) await server.member(name, 'lobby');
  const page = await join(t, browser, server.url, 'Ann', options);
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
  await isFocused(page);

  const option = page.locator(OPTIONS).filter({ hasText: 'Mira' });
  await page.keyboard.type('@mi');
  await (options.hasTouch ? option.tap() : option.click());
  await isWritten(page, 'hey @Samir @林小雨 @Mira ');
  await isFocused(page);
});

onBoth('what is offered belongs to where the caret is, comes again for the next message, and knows who has just come', async (t, options) => {
  const server = await Server.start(t);
  await server.member('Mira', 'lobby');
  const page = await join(t, browser, server.url, 'Ann', options);
  await page.focus(COMPOSER);
  await page.keyboard.type('@mi or @an');
  await isChosen(page, 'Ann');
  for (let step = 0; step < 7; step += 1) await page.keyboard.press('ArrowLeft');
  await isChosen(page, 'Mira');
  await page.keyboard.press('Enter');
  await isWritten(page, '@Mira  or @an');
  await page.keyboard.press('Escape');
  await page.click(part('send'));
  await row(page, '@Mira', 'sent');

  // Begins where the last one began.
  await page.focus(COMPOSER);
  await page.keyboard.type('@mi');
  await isChosen(page, 'Mira');
  await page.fill(COMPOSER, '');
  const zoe = await join(t, browser, server.url, 'Zoe');
  await say(zoe, 'I am new');
  await row(page, 'I am new', 'sent');
  await eventually(
    async () => {
      await page.fill(COMPOSER, '');
      await page.focus(COMPOSER);
      await page.keyboard.type('@zo');
      return page.locator(OPTIONS).filter({ hasText: 'Zoe' }).count();
    },
    (count) => count === 1,
  );
});

onBoth('# offers rooms and : emoji, and Esc closes only what is offered', async (t, options) => {
  const server = await Server.start(t);
  const page = await join(t, browser, `${server.url}/rooms/garden`, 'Ann', options);
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
  await page.click(part('send'));
  await row(page, 'see #garden 🎉 :rocket', 'sent');
  await page.focus(COMPOSER);
  await page.keyboard.type('at 10:30 or a@b');
  await offers(page, []);
});

onBoth('keys of an input method choose nothing, edit nothing and cancel nothing', async (t, options) => {
  const server = await Server.start(t);
  await server.member('林小雨', 'lobby');
  const page = await join(t, browser, server.url, 'Ann', options);
  await say(page, 'mine');
  await row(page, 'mine', 'sent');
  await page.focus(COMPOSER);
  for (const how of [{ isComposing: true, keyCode: 38 }, { keyCode: 229 }]) {
    assert.equal(await composes(page, 'ArrowUp', how), false);
    assert.equal(await page.locator(part('editing')).count(), 0);
  }
  await page.keyboard.press('ArrowUp');
  await page.locator(part('editing')).waitFor();
  for (const how of [{ isComposing: true, keyCode: 27 }, { keyCode: 229 }]) {
    assert.equal(await composes(page, 'Escape', how), false);
    assert.equal(await page.locator(part('editing')).count(), 1);
  }
  await page.keyboard.press('Escape');
  await page.locator(part('editing')).waitFor({ state: 'detached' });

  await page.keyboard.type('@小');
  await isChosen(page, '林小雨');
  for (const how of [{ isComposing: true, keyCode: 13 }, { keyCode: 229 }]) assert.equal(await composes(page, 'Enter', how), false);
  // Safari ends the composition first, a moment before the key.
  const isTaken = await page.locator(COMPOSER).evaluate((field) => {
    field.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }));
    return !field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 13, bubbles: true, cancelable: true }));
  });
  assert.equal(isTaken, false);
  assert.equal(await written(page), '@小');
  await page.keyboard.press('Enter');
  assert.equal(await written(page), '@林小雨 ');
  // Nor does such an Esc close what lies beside the conversation.
  await page.click(part('people'));
  await page.locator(part('person')).first().waitFor();
  await page.locator(`${part('panel')} header button`).evaluate((button) => button.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', keyCode: 229, bubbles: true })));
  assert.equal(await page.locator(part('panel')).count(), 1);
  await page.locator(`${part('panel')} header button`).press('Escape');
  await page.locator(part('panel')).waitFor({ state: 'detached' });
});

onBoth('it grows to two fifths of the height, then scrolls; and when it becomes narrower', async (t, options) => {
  const server = await Server.start(t);
  const page = await join(t, browser, server.url, 'Ann', options);
  const height = () => page.locator(COMPOSER).evaluate((field) => field.clientHeight);
  const one = await height();
  await page.fill(COMPOSER, 'a\nb\nc');
  await eventually(height, (now) => now > one + 30);
  await page.fill(COMPOSER, 'a\n'.repeat(60));
  const { height: all } = options.viewport;
  const most = await eventually(height, (now) => now > all * 0.35);
  assert.ok(most <= all * 0.4 + 1, `${most} px`);
  const scrolls = () => page.locator(COMPOSER).evaluate((field) => field.scrollHeight > field.clientHeight + 1);
  assert.ok(await scrolls());
  await page.fill(COMPOSER, '');
  await eventually(height, (now) => now === one);

  // As wide as one line, until there is less room.
  await page.fill(COMPOSER, 'word '.repeat(options.hasTouch ? 6 : 20).trim());
  assert.equal(await scrolls(), false);
  const before = await height();
  if (options.hasTouch) await page.setViewportSize({ ...phone, width: 320 });
  else await page.click(part('people'));
  await page.fill(COMPOSER, 'word '.repeat(options.hasTouch ? 9 : 28).trim());
  await eventually(height, (now) => now > before);
  if (!options.hasTouch) await page.click(part('close-panel'));
  else await page.setViewportSize({ width: 500, height: 740 });
  await eventually(height, (now) => now === before);
  assert.equal(await scrolls(), false);
});

onBoth('at a desk Enter sends and the focus is there at once; on a phone it begins a line, and no keyboard comes unasked', async (t, options) => {
  const server = await Server.start(t);
  const page = await join(t, browser, `${server.url}/rooms/garden`, 'Ann', options);
  await say(page, 'in the garden');
  await row(page, 'in the garden', 'sent');
  await page.goto(`${server.url}/rooms/lobby`);
  await isListening(page);
  const has = () => page.locator(COMPOSER).evaluate((field) => field === document.activeElement);
  const hint = () => page.getAttribute(COMPOSER, 'enterkeyhint');
  if (options.hasTouch) {
    assert.deepEqual([await has(), await hint()], [false, 'enter']);
    await visit(page, 'garden');
    await row(page, 'in the garden', 'sent');
    assert.equal(await has(), false);
  } else {
    await isFocused(page);
    assert.equal(await hint(), 'send');
    await visit(page, 'garden');
    await isFocused(page);
  }
  await page.locator(COMPOSER).click();
  await page.keyboard.type('one');
  await page.keyboard.press(options.hasTouch ? 'Enter' : 'Shift+Enter');
  await page.keyboard.type('two');
  assert.equal(await written(page), 'one\ntwo');
  if (options.hasTouch) await page.tap(part('send'));
  else await page.keyboard.press('Enter');
  await row(page, 'one', 'sent');
  assert.equal(await has(), true, 'the keyboard stays');

  // It can be chosen, and the choice holds.
  await showRooms(page);
  await page.click(part('open-settings'));
  await page.click(part('tab-looks'));
  await page.selectOption(part('enter'), options.hasTouch ? 'send' : 'line');
  await page.keyboard.press('Escape');
  await page.reload();
  await isListening(page);
  assert.equal(await hint(), options.hasTouch ? 'send' : 'enter');
  await page.focus(COMPOSER);
  await page.keyboard.type('three');
  await page.keyboard.press('Enter');
  await page.keyboard.type('four');
  if (options.hasTouch) await row(page, 'three', 'sent');
  else assert.equal(await written(page), 'three\nfour');
  await page.keyboard.press('Control+Enter');
  await row(page, 'four', 'sent');
});

onBoth('where one writes has the focus after a room or a talk was made', async (t, options) => {
  const server = await Server.start(t);
  await server.member('Ben', 'lobby');
  const page = await join(t, browser, server.url, 'Ann', options);
  const isThere = async (title) => {
    await page.locator(`${part('room')} h1`).filter({ hasText: title }).waitFor();
    await page.locator('dialog').waitFor({ state: 'detached' });
    // With fingers the keyboard comes when it is asked for.
    if (!options.hasTouch) await isFocused(page);
  };
  await showRooms(page);
  await page.click(part('new-room'));
  await page.fill(part('room-name'), 'harbour');
  await page.click(part('make-room'));
  await isThere('harbour');
  await page.keyboard.press('Control+k');
  await page.fill(part('switcher-field'), 'ben');
  await page.getByRole('option', { name: 'Ben', exact: true }).click();
  await isThere('Ben');
  await travel(page, '/rooms/lobby');
  await isThere('lobby');
  await page.click(part('people'));
  await page.locator(part('person')).filter({ hasText: 'Ben' }).click();
  await page.click(part('talk-to'));
  await isThere('Ben');
  await page.keyboard.press('Meta+k');
  await page.locator(part('switcher-field')).waitFor();
  await page.keyboard.type('lobb');
  await page.keyboard.press('Enter');
  await isThere('lobby');
});

onBoth('↑ in an empty composer edits what one said last; Esc leaves it as it was', async (t, options) => {
  const server = await Server.start(t);
  const page = await join(t, browser, server.url, 'Ann', options);
  await say(page, 'frist');
  await row(page, 'frist', 'sent');
  await page.focus(COMPOSER);
  await page.keyboard.press('ArrowUp');
  await page.locator(part('editing')).waitFor();
  await isWritten(page, 'frist');
  await page.keyboard.press('Escape');
  await page.locator(part('editing')).waitFor({ state: 'detached' });
  assert.equal(await written(page), '');
  await page.keyboard.press('ArrowUp');
  await isWritten(page, 'frist');
  await page.fill(COMPOSER, 'first');
  await page.click(part('send'));
  await row(page, 'first', 'sent');
  await page.locator(part('edited')).waitFor();
  assert.equal(await page.locator(part('message')).count(), 1);
  const [message] = await eventually(() => server.history('lobby'), ([message]) => message?.body === 'first');
  assert.ok(message.edited);
  // What is on its way cannot be edited, nor is what was said before it.
  await goOffline(page);
  await say(page, 'on its way');
  await row(page, 'on its way', 'waiting');
  await page.focus(COMPOSER);
  await page.keyboard.press('ArrowUp');
  assert.equal(await page.locator(part('editing')).count(), 0);
});

onBoth('what one has written of an edit stays: in another room, over a reload, and while another is edited', async (t, options) => {
  const server = await Server.start(t);
  const page = await join(t, browser, `${server.url}/rooms/garden`, 'Ann', options);
  await page.goto(`${server.url}/rooms/lobby`);
  await isListening(page);
  for (const words of ['one', 'two']) {
    await say(page, words);
    await row(page, words, 'sent');
  }
  await page.fill(COMPOSER, 'a draft');
  await act(page, 'one', 'action-edit');
  await isWritten(page, 'one');
  await page.fill(COMPOSER, 'one, but better');
  await visit(page, 'garden');
  assert.equal(await written(page), '');
  await visit(page, 'lobby');
  await page.locator(part('editing')).waitFor();
  assert.equal(await written(page), 'one, but better');
  await page.reload();
  await isListening(page);
  await page.locator(part('editing')).waitFor();
  await isWritten(page, 'one, but better');
  await act(page, 'two', 'action-edit');
  await isWritten(page, 'two');
  await page.fill(COMPOSER, 'two, too');
  await page.click(part('send'));
  await showsRows(page, ['sent: one', 'sent: two, too']);
  await isWritten(page, 'a draft');
  await act(page, 'one', 'action-edit');
  await isWritten(page, 'one, but better');
  await page.click(part('send'));
  await showsRows(page, ['sent: one, but better', 'sent: two, too']);
  await isWritten(page, 'a draft');
});

onBoth('an answer shows what it answers', async (t, options) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  await server.say('lobby', 'Who brings **cake**?', ben);
  const page = await join(t, browser, server.url, 'Ann', options);
  await row(page, 'Who brings', 'sent');
  await act(page, 'Who brings', 'action-reply');
  await page.locator(part('replying')).waitFor();
  await isFocused(page);
  await page.keyboard.type('I do');
  await page.click(part('send'));
  await row(page, 'I do', 'sent');
  await page.locator(part('replying')).waitFor({ state: 'detached' });
  assert.match(await page.locator(part('quote')).innerText(), /Ben\s+Who brings cake\?/);
  assert.equal(await page.locator(part('replies')).innerText(), '1 reply', 'counted once');
  const messages = await server.history('lobby');
  assert.equal(messages[1].reply_to, messages[0].id);
});
