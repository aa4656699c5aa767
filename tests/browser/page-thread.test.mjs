/** Threads: answers beside the conversation, or over it on a phone, with a composer of their own. */
import assert from 'node:assert/strict';
import { eventually, launch, onBoth, shows } from './chromium.mjs';
import { act, isListening, join, part, row } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

const IN = `${part('thread')} ${part('message')}`;
const FIELD = part('thread-composer');

const written = (page) => page.inputValue(FIELD);
const close = (page) => page.click(part('close-panel'));
const answer = async (page, words) => {
  await page.fill(FIELD, words);
  await page.click(part('thread-send'));
};

/** Ann, and two questions that Ben has asked. */
async function asked(t, options, questions = ['cake?', 'tea?']) {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  const ids = [];
  for (const words of questions) ids.push((await server.say('lobby', words, ben)).id);
  const page = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  await row(page, questions.at(-1), 'sent');
  return { server, ben, page, ids };
}

const openThread = async (page, words) => {
  await act(page, words, 'action-thread');
  await page.locator(IN).filter({ hasText: words }).waitFor();
  await page.locator(FIELD).waitFor();
};

onBoth('one answers in a thread, and sees others answer', async (t, options) => {
  const { server, ben, page, ids } = await asked(t, options);
  await openThread(page, 'cake?');
  await page.getByText('No replies yet').waitFor();
  await answer(page, 'I bring some');
  await page.locator(`${IN}[data-state="sent"]`).filter({ hasText: 'I bring some' }).waitFor();
  await server.say('lobby', { body: 'Thanks!', reply_to: ids[0] }, ben);
  await page.locator(IN).filter({ hasText: 'Thanks!' }).waitFor();
  await page.locator(part('panel')).getByText('2 replies').waitFor();
  await close(page);
  await shows(page, part('replies'), ['2 replies']);
  const messages = await eventually(() => server.history('lobby'), (all) => all.length === 4);
  assert.deepEqual(messages.slice(2).map(({ reply_to }) => reply_to), [ids[0], ids[0]]);
});

onBoth('what one writes in a thread stays in that thread: closed, another opened, the page loaded anew', async (t, options) => {
  const { page } = await asked(t, options);
  await openThread(page, 'cake?');
  await page.fill(FIELD, 'about cake');
  await close(page);
  await openThread(page, 'tea?');
  assert.equal(await written(page), '');
  await page.fill(FIELD, 'about tea');
  await close(page);
  await openThread(page, 'cake?');
  assert.equal(await written(page), 'about cake');
  await page.focus(FIELD);
  await page.keyboard.press('Escape');
  await page.locator(part('panel')).waitFor({ state: 'detached' });
  await page.reload();
  await isListening(page);
  await row(page, 'tea?', 'sent');
  assert.equal(await page.inputValue(part('composer')), '');
  await openThread(page, 'cake?');
  assert.equal(await written(page), 'about cake');
  await page.click(part('thread-send'));
  await page.locator(`${IN}[data-state="sent"]`).filter({ hasText: 'about cake' }).waitFor();
  assert.equal(await written(page), '');
  await close(page);
  await openThread(page, 'tea?');
  assert.equal(await written(page), 'about tea');
});

onBoth('in a thread one edits where one reads, and answers below', async (t, options) => {
  const { server, page } = await asked(t, options);
  await openThread(page, 'cake?');
  await answer(page, 'I birng some');
  const mine = page.locator(`${IN}[data-state="sent"]`).filter({ hasText: 'birng' });
  await mine.locator(part('message-menu')).focus();
  await page.keyboard.press('Enter');
  await page.locator(part('message-actions')).waitFor();
  assert.equal(await page.locator(part('action-reply')).count(), 0, 'that is the field below');
  await page.click(part('action-edit'));
  await page.locator(`${part('panel')} ${part('editing')}`).waitFor();
  await eventually(() => written(page), (text) => text === 'I birng some');
  await answer(page, 'I bring some');
  await page.locator(IN).filter({ hasText: 'I bring some' }).waitFor();
  await eventually(() => server.history('lobby'), (all) => all.at(-1).body === 'I bring some');
  await page.focus(FIELD);
  await page.keyboard.press('ArrowUp');
  await eventually(() => written(page), (text) => text === 'I bring some');
  await page.keyboard.press('Escape');
  await eventually(() => written(page), (text) => text === '');
  assert.equal(await page.locator(part('panel')).count(), 1, 'Esc gave up the edit, and that alone');
});

onBoth('refused, an answer goes back into its thread', async (t, options) => {
  const { page } = await asked(t, options);
  const refusal = { status: 403, contentType: 'application/problem+json', body: JSON.stringify({ status: 403, code: 'not-allowed', title: 'No' }) };
  await page.route('**/rooms/lobby', (route) => (route.request().method() === 'POST' ? route.fulfill(refusal) : route.continue()));
  await openThread(page, 'cake?');
  await answer(page, 'an answer');
  await page.locator(`${IN}[data-state="failed"]`).waitFor();
  await close(page);
  await page.locator(`${part('message')}[data-state="failed"]`).locator(part('edit')).click();
  await page.locator(FIELD).waitFor();
  await eventually(() => written(page), (text) => text === 'an answer');
  assert.equal(await page.inputValue(part('composer')), '');
});

onBoth('a thread has all its answers, and goes on where they are cut off', async (t, options) => {
  const { server, ben, page, ids } = await asked(t, options, ['cake?']);
  for (let from = 0; from < 60; from += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, index) => server.say('lobby', { body: `answer ${from + index}`, reply_to: ids[0] }, ben)));
  }
  await page.reload();
  await isListening(page);
  await page.locator(part('quote')).last().waitFor();
  await page.goto(`${server.url}/rooms/lobby/${ids[0]}`);
  await page.locator(`[data-id="${ids[0]}"] ${part('replies')}`).click();
  await eventually(() => page.locator(IN).count(), (count) => count === 61);
  await page.locator(part('panel')).getByText('60 replies').waitFor();
  assert.equal(await page.locator(part('thread-gap')).count(), 0);
  // As many as the server gives at once, and there are more, before what was heard since.
  const many = (number) => ({ id: ids[0].replace(/\d+$/, String(10_000 + number)), room: 'lobby', at: new Date().toISOString(), body: `${number}`, reply_to: ids[0] });
  await close(page);
  await page.route('**/replies?*', (route) => {
    const isNext = new URL(route.request().url()).searchParams.has('after');
    const messages = Array.from({ length: isNext ? 2 : 500 }, (_, number) => many(number + (isNext ? 500 : 0)));
    return route.fulfill({ json: { messages, ...(isNext ? {} : { newer: `/rooms/lobby/${ids[0]}/replies?after=10499&limit=500` }) } });
  });
  await page.reload();
  await isListening(page);
  await page.locator(`[data-id="${ids[0]}"] ${part('replies')}`).click();
  await page.locator(part('thread-gap')).getByRole('button').click();
  await page.locator(part('thread-gap')).waitFor({ state: 'detached' });
  await eventually(() => page.locator(IN).last().locator('.text').innerText(), (text) => text === '501');
  assert.equal(await page.locator(IN).count(), 503);
});
