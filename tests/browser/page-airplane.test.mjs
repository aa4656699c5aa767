/** On a plane: the page is opened again without a network, and what is written there arrives, in order and once. */
import assert from 'node:assert/strict';
import { goOffline, launch, onBoth, visitor } from './chromium.mjs';
import { giveName, isAtEnd, isListening, keeps, part, row, say, showsRows, visit } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

/** Waits until the page would open without a connection. */
const opensOffline = (page) => page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));

/**
 * Reads the list from its end up to the first message: what is shown, row by row, in its order, and what is shown twice
 * as often as it is. Each window is what was on the screen at one time; those that follow each other overlap.
 */
const readUp = (page, first) =>
  page.locator(part('messages')).evaluate(async (list, first) => {
    const rows = () =>
      [...list.querySelectorAll('article')].map((row) => `${row.dataset.id} ${row.dataset.state} ${row.querySelector('.said').firstElementChild.textContent}`);
    let all = [];
    for (;;) {
      const window = rows();
      // What is older than anything so far stands before it; the rest has to be what was there.
      const known = all.length === 0 ? window.length : window.indexOf(all[0]);
      if (known < 0) throw new Error('a window that does not overlap the one before');
      const again = window.slice(known);
      if (all.length > 0 && again.some((row, index) => row !== all[index])) throw new Error(`another order: ${again[0]}`);
      all = [...window.slice(0, known), ...(all.length === 0 ? [] : all)];
      if (window[0].startsWith(`${first} `)) return all;
      const top = list.querySelector('article');
      list.scrollTop = 0;
      while (list.querySelector('article') === top) await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  }, first);

onBoth('what was read can be read, twenty messages are written across a reload, and then both sides show the same', async (t, options, size) => {
  const server = await Server.start(t);
  const { context: desk } = await visitor(t, browser);
  const ben = await desk.newPage();
  await ben.goto(`${server.url}/rooms/lobby`);
  await giveName(ben, 'Ben');
  const [{ name, value }] = await desk.cookies();
  const as = { cookie: `${name}=${value}` };
  await server.say('garden', 'in the garden', as);
  const spoken = [];
  for (const words of ['stays', 'changes', 'goes']) spoken.push(await server.say('lobby', words, as));

  const { context } = await visitor(t, browser, options);
  const ann = await context.newPage();
  await ann.goto(`${server.url}/rooms/garden`);
  await giveName(ann, 'Ann');
  await ann.goto(`${server.url}/rooms/lobby`);
  await showsRows(ann, ['sent: stays', 'sent: changes', 'sent: goes']);
  await opensOffline(ann);
  await keeps(ann, 'rooms', 2);

  await goOffline(ann);
  const words = Array.from({ length: 20 }, (_, index) => `from the plane ${index}`);
  for (const word of words.slice(0, 10)) await say(ann, word);
  await ann.reload();
  await ann.locator(part('message'), { hasText: 'plane 9' }).waitFor();
  for (const word of words.slice(10)) await say(ann, word);
  await showsRows(ann, ['sent: stays', 'sent: changes', 'sent: goes', ...words.map((word) => `waiting: ${word}`)]);
  await visit(ann, 'garden');
  await showsRows(ann, ['sent: in the garden']);
  await visit(ann, 'lobby');

  for (let from = 0; from < 1000; from += 50) {
    const said = await Promise.all(Array.from({ length: 50 }, (_, index) => server.say('lobby', `missed ${from + index}`, as)));
    spoken.push(...said);
  }
  await server.ask('PATCH', `/rooms/lobby/${spoken[1].id}`, { body: 'changed' }, as);
  await server.ask('DELETE', `/rooms/lobby/${spoken[2].id}`, undefined, as);
  await server.ask('PATCH', `/rooms/lobby/${spoken[1000].id}`, { body: 'changed, too' }, as);
  await server.ask('DELETE', `/rooms/lobby/${spoken[1001].id}`, undefined, as);
  await context.setOffline(false);
  for (const page of [ann, ben]) {
    await row(page, 'from the plane 19', 'sent');
    // One's own words can be sent before all that was missed has come, of which this is the end.
    await page.locator(`[data-id="${spoken[1000].id}"]`, { hasText: 'changed, too' }).waitFor({ state: 'attached' });
    await page.locator(`[data-id="${spoken[1001].id}"]`).waitFor({ state: 'detached' });
    await page.locator(part('gap')).waitFor({ state: 'detached' });
    await isAtEnd(page);
  }

  const [mine, theirs] = [await readUp(ann, spoken[0].id), await readUp(ben, spoken[0].id)];
  assert.equal(mine.length, 2 + 1000 - 1 + 20, 'each once');
  assert.deepEqual(mine, theirs, 'both sides show the same, in the same order');
  const history = [];
  for (let after = '0'; ; ) {
    const page = await server.ask('GET', `/rooms/lobby?after=${after}&limit=200`);
    history.push(...page.messages);
    if (!page.newer) break;
    after = page.messages.at(-1).id;
  }
  assert.deepEqual(mine, history.map(({ id, body }) => `${id} sent ${body}`), 'as the server has it');
  const written = history.map(({ body }) => body).filter((body) => body.startsWith('from the plane'));
  assert.deepEqual(written, words);
  await isListening(ann);
  t.diagnostic(`${size}: ${mine.length} rows compared`);
});
