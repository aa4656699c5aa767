/**
 * Pictures of a lively room, on a desk and on a phone, light and dark. With OPENLINE_SCREENSHOTS=1 they become
 * those of the documentation; else they are only made, to see that they can be.
 */
import assert from 'node:assert/strict';
import { mkdir, stat } from 'node:fs/promises';
import { join as path } from 'node:path';
import { test } from 'node:test';
import { desk, launch, open, phone } from './chromium.mjs';
import { isListening, join, row, say } from './page.mjs';
import { inProject, Server, temporaryFolder } from './server.mjs';

const browser = await launch({ env: { FONTCONFIG_FILE: inProject('tests/browser/fonts.conf') } });

const conversation = [
  ['Mira', 'Morning! The harbour sensors are back online. I swapped the gateway at six.'],
  ['Mira', 'Next tide is at 14:20, so we will see real numbers this afternoon.'],
  ['Jonas', 'Nice. Did the old cursor survive, or does the dashboard start from zero?'],
  ['Mira', 'It went on exactly where it was. Nothing twice, nothing missing 🎉'],
  ['林小雨', '太好了！我这边手机上也能看到，刚才在电梯里断了一会儿，消息都补回来了。'],
  ['tide-gauge', 'water level 3.42 m, rising'],
  ['Jonas', 'The gauge talks now?'],
  ['Mira', "One line in its crontab:\ncurl -d 'water level 3.42 m, rising' https://chat.harbour.example/rooms/lobby"],
];

test('pictures of a lively room', async (t) => {
  const server = await Server.start(t);
  const jonas = await join(t, browser, `${server.url}/rooms/${encodeURIComponent('周末徒步')}`, 'Jonas');
  const [cookie] = await jonas.context().cookies();
  const people = new Map([['Jonas', { cookie: `${cookie.name}=${cookie.value}` }]]);
  for (const [name, words] of conversation) {
    if (!people.has(name)) people.set(name, await server.person(name));
    await server.say('lobby', words, people.get(name));
  }
  // People who listen, so that somebody is here.
  await Promise.all(
    [...people.values()].map(async (headers) => {
      const { body } = await fetch(`${server.url}/rooms/lobby?live`, { headers });
      return body.getReader().read();
    }),
  );
  for (const room of ['harbour', 'design', 'lobby']) {
    await jonas.goto(`${server.url}/rooms/${room}`);
    await isListening(jonas);
  }
  await say(jonas, 'I love it. Cake at two, by the way.');
  await row(jonas, 'Cake', 'sent');

  const storageState = await jonas.context().storageState();
  const isForDocs = process.env.OPENLINE_SCREENSHOTS === '1';
  const folder = isForDocs ? inProject('docs/images') : await temporaryFolder(t);
  await mkdir(folder, { recursive: true });
  for (const [size, viewport] of Object.entries({ desk, phone })) {
    for (const colorScheme of ['light', 'dark']) {
      const options = { viewport, colorScheme, storageState, deviceScaleFactor: 2, hasTouch: size === 'phone' };
      const page = await open(t, browser, `${server.url}/rooms/lobby`, options);
      await isListening(page);
      await row(page, 'Cake', 'sent');
      const file = path(folder, `${size}-${colorScheme}.png`);
      await page.screenshot({ path: file, animations: 'disabled', caret: 'hide' });
      assert.ok((await stat(file)).size > 10_000);
    }
  }
});
