/**
 * Pictures of a lively room, on a desk and on a phone, light and dark. With OPENLINE_SCREENSHOTS=1 they become
 * those of the documentation; else they are only made, to see that they can be.
 */
import assert from 'node:assert/strict';
import { mkdir, stat } from 'node:fs/promises';
import { join as path } from 'node:path';
import { test } from 'node:test';
import { desk, launch, open, phone } from './chromium.mjs';
import { isListening, join, part, row, say } from './page.mjs';
import { inProject, Server, temporaryFolder } from './server.mjs';

const browser = await launch({ env: { FONTCONFIG_FILE: inProject('tests/browser/fonts.conf') } });

/** Who is there, and the face that they chose. */
const faces = { Mira: undefined, 林小雨: undefined, Tomás: '🦊', 'tide-gauge': '🌊' };

/** Who says what, in answer to which of the messages, and how the others feel about it. */
const conversation = [
  { by: 'Mira', body: 'Morning! The harbour sensors are back online. I swapped the gateway at six.', felt: { '🎉': ['Tomás', '林小雨'] } },
  { by: 'Mira', body: 'Next tide is at **14:20**, so we will see real numbers this afternoon.' },
  { by: 'Tomás', body: 'Nice. Did the old cursor survive, or does the dashboard start from zero?' },
  { by: 'Mira', body: 'It went on exactly where it was. Nothing twice, nothing missing.', answers: 2 },
  { by: '林小雨', body: '太好了！我这边手机上也能看到，刚才在电梯里断了一会儿，消息都补回来了。@Jonas 下午一起看看？' },
  { by: 'tide-gauge', body: 'water level 3.42 m, rising' },
  { by: 'Tomás', body: 'The gauge talks now?', felt: { '👀': ['Mira'] } },
  { by: 'Mira', body: "One line in its crontab:\n```sh\n# every ten minutes\ncurl -d 'water level 3.42 m, rising' https://chat.harbour.example/rooms/lobby\n```" },
];

/** Says all of it. */
async function talk(server) {
  const people = new Map();
  for (const [name, face] of Object.entries(faces)) {
    const who = await server.member(name, 'lobby');
    if (face) await server.ask('PUT', '/me', { face }, who);
    people.set(name, who);
  }
  const said = [];
  for (const { by, body, answers, felt = {} } of conversation) {
    const draft = { body, ...(answers === undefined ? {} : { reply_to: said[answers].id }) };
    const message = await server.say('lobby', draft, people.get(by));
    said.push(message);
    for (const [emoji, names] of Object.entries(felt)) {
      const reaction = `/rooms/lobby/${message.id}/reactions/${encodeURIComponent(emoji)}`;
      for (const name of names) await server.ask('PUT', reaction, {}, people.get(name));
    }
  }
  return people;
}

test('pictures of a lively room', async (t) => {
  const server = await Server.start(t);
  const jonas = await join(t, browser, `${server.url}/rooms/lobby`, 'Jonas');
  const people = await talk(server);
  for (const room of ['harbour', 'design', '周末徒步', 'lobby']) {
    await jonas.goto(`${server.url}/rooms/${encodeURIComponent(room)}`);
    await isListening(jonas);
  }
  const { id } = await server.ask('GET', '/me', undefined, await cookieOf(jonas));
  const talkOf = (name, words) =>
    server.ask('POST', '/rooms', { kind: 'direct', people: [id] }, people.get(name)).then((room) => server.say(room.id, words, people.get(name)));
  await talkOf('林小雨', '有空吗？');
  await talkOf('Tomás', 'See you at the pier.');
  await server.say('design', 'The new buoys, in colour', people.get('Mira'));
  await say(jonas, 'I love it. Cake at two, by the way.');
  await row(jonas, 'Cake', 'sent');
  // People who listen, so that somebody is here.
  const over = new AbortController();
  t.after(() => over.abort());
  const listen = (headers) => fetch(`${server.url}/rooms/lobby?live`, { headers, signal: over.signal });
  await Promise.all([...people.values()].map(listen));

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
      await page.locator(`${part('message')} pre .comment`).waitFor();
      if (size === 'desk') {
        await page.click(part('people'));
        await page.locator(part('person')).nth(4).waitFor();
        await page.focus(part('composer'));
      }
      const file = path(folder, `${size}-${colorScheme}.png`);
      await page.screenshot({ path: file, animations: 'disabled', caret: 'hide' });
      assert.ok((await stat(file)).size > 10_000);
    }
  }
});

/** What a page's browser sends to be known again. */
async function cookieOf(page) {
  const [{ name, value }] = await page.context().cookies();
  return { cookie: `${name}=${value}` };
}
