/** How rows stand together: who said several things in a row, and on which day. */
import assert from 'node:assert/strict';
import { eventually, launch, onBoth, shows, visitor } from './chromium.mjs';
import { giveName, join, part, showsRows } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

const heads = (page) => page.locator(`${part('message')} header b`).allTextContents();

onBoth('what one says in a row stands under one name, and who is left of a group gets the head', async (t, options) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'lobby');
  const cleo = await server.member('Cleo', 'lobby');
  const first = await server.say('lobby', 'one', ben);
  await server.say('lobby', 'two', ben);
  await server.say('lobby', 'three', cleo);
  await server.say('lobby', 'four', ben);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  await showsRows(ann, ['one', 'two', 'three', 'four'].map((words) => `sent: ${words}`));
  assert.deepEqual(await heads(ann), ['Ben', 'Cleo', 'Ben']);
  await server.ask('DELETE', `/rooms/lobby/${first.id}`, undefined, ben);
  await showsRows(ann, ['two', 'three', 'four'].map((words) => `sent: ${words}`));
  assert.deepEqual(await heads(ann), ['Ben', 'Cleo', 'Ben']);
  const [head] = await ann.locator(`${part('message')}.leads`).all();
  assert.match(await head.textContent(), /two/);
});

onBoth('after five minutes, and after midnight, a name stands again; today becomes yesterday while one looks, and then a date', async (t, options) => {
  const server = await Server.start(t);
  const { context } = await visitor(t, browser, { ...options, timezoneId: 'Asia/Tokyo' });
  const ann = await context.newPage();
  // Some minutes before midnight in Tokyo, whatever the server's clock says.
  await ann.clock.install({ time: '2030-03-01T14:50:00Z' });
  const times = ['2030-03-01T14:40:00Z', '2030-03-01T14:44:59Z', '2030-03-01T14:50:01Z', '2030-03-01T15:00:01Z'];
  const at = (index) => times[Math.min(index, times.length - 1)];
  let answers = 0;
  await ann.route('**/rooms/lobby?*', async (route) => {
    const response = await route.fetch();
    const page = await response.json();
    answers += 1;
    const messages = page.messages.map((message, index) => ({ ...message, at: at(index) }));
    await route.fulfill({ response, json: { ...page, messages } });
  });
  const ben = await server.member('Ben', 'lobby');
  for (const words of ['one', 'two', 'three']) await server.say('lobby', words, ben);
  await ann.goto(`${server.url}/rooms/lobby`);
  await giveName(ann, 'Ann');
  await showsRows(ann, ['sent: one', 'sent: two', 'sent: three']);
  assert.deepEqual(await heads(ann), ['Ben', 'Ben'], 'the third came after more than five minutes');
  await shows(ann, part('day'), ['Today']);
  assert.deepEqual(await ann.locator(`${part('message')} time`).evaluateAll((all) => all.map(({ dateTime }) => dateTime)), times.slice(0, 3));

  await ann.clock.runFor(11 * 60_000);
  await shows(ann, part('day'), ['Yesterday']);
  await server.say('lobby', 'four', ben);
  await ann.reload();
  await eventually(() => answers, (count) => count > 1);
  await shows(ann, part('day'), ['Yesterday', 'Today']);
  assert.deepEqual(await heads(ann), ['Ben', 'Ben', 'Ben']);
  await ann.clock.runFor(24 * 3_600_000);
  await shows(ann, part('day'), ['Friday 1 March', 'Yesterday']);
});
