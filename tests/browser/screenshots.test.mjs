/**
 * Pictures of the main screens, on a desk and on a phone, light and dark. With OPENLINE_SCREENSHOTS=1 they become those of
 * the documentation; else they are only made, to see that they can be.
 */
import assert from 'node:assert/strict';
import { mkdir, stat } from 'node:fs/promises';
import { join as path } from 'node:path';
import { test } from 'node:test';
import { desk, goOffline, launch, open, phone } from './chromium.mjs';
import { whenOver } from './ending.mjs';
import { giveName, isListening, join, part, row, say, showRooms } from './page.mjs';
import { owner } from './owner.mjs';
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

/** Says all of it. One of those who speak is a program. */
async function talk(t, server) {
  const people = new Map();
  const keeper = await owner(t, server);
  const bot = await server.ask('POST', '/bots', { name: 'tide-gauge', face: faces['tide-gauge'] }, keeper);
  for (const [name, face] of Object.entries(faces)) {
    const isBot = name === bot.person.name;
    const who = isBot ? { authorization: `Bearer ${bot.token}` } : await server.member(name, 'lobby');
    if (isBot) await server.ask('PUT', '/rooms/lobby/people/me', {}, who);
    else if (face) await server.ask('PUT', '/me', { face }, who);
    people.set(name, who);
  }
  await server.ask('PATCH', '/rooms/lobby/about', { topic: 'Everything that has no room of its own yet' }, keeper);
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

const folderOf = async (t) => (process.env.OPENLINE_SCREENSHOTS === '1' ? inProject('docs/images') : temporaryFolder(t));

/** How to open a page of a size and a theme. Those that the README shows are twice as fine. */
const sized = (size, colorScheme, more = {}) => ({
  viewport: { desk, phone }[size],
  colorScheme,
  hasTouch: size === 'phone',
  isMobile: size === 'phone',
  deviceScaleFactor: 2,
  ...more,
});

/** Takes a picture once everything has come to rest. */
async function picture(page, folder, name) {
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))));
  const file = path(folder, `${name}.png`);
  await page.screenshot({ path: file, animations: 'disabled', caret: 'hide' });
  assert.ok((await stat(file)).size > 10_000);
}

test('pictures of a lively room, and of what opens beside and over it', async (t) => {
  const server = await Server.start(t);
  const jonas = await join(t, browser, `${server.url}/rooms/lobby`, 'Jonas');
  const people = await talk(t, server);
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
  const [{ id: last }] = (await server.history('lobby')).slice(-1);
  for (const name of ['Mira', '林小雨']) await server.ask('PATCH', '/rooms/lobby/me', { read: last }, people.get(name));
  // People who listen, so that somebody is here.
  const over = new AbortController();
  whenOver(t, () => over.abort());
  const listen = (headers) => fetch(`${server.url}/rooms/lobby?live`, { headers, signal: over.signal });
  await Promise.all([...people.values()].map(listen));

  const storageState = await jonas.context().storageState();
  const folder = await folderOf(t);
  await mkdir(folder, { recursive: true });
  const enter = async (size, colorScheme, more = {}) => {
    const page = await open(t, browser, `${server.url}/rooms/lobby`, sized(size, colorScheme, { storageState, ...more }));
    await isListening(page);
    await row(page, 'Cake', 'sent');
    await page.locator(`${part('message')} pre .comment`).waitFor();
    await page.locator(part('read-by')).waitFor();
    return page;
  };
  for (const size of ['desk', 'phone']) {
    for (const colorScheme of ['light', 'dark']) {
      const page = await enter(size, colorScheme);
      if (size === 'desk') {
        await page.click(part('people'));
        await page.locator(part('person')).nth(4).waitFor();
        await page.focus(part('composer'));
      }
      await picture(page, folder, `${size}-${colorScheme}`);
    }
  }

  const plain = { deviceScaleFactor: 1 };
  const atDesk = await enter('desk', 'light', plain);
  await atDesk.keyboard.press('Control+k');
  await atDesk.locator(part('goal')).nth(3).waitFor();
  await picture(atDesk, folder, 'switcher-desk');
  await atDesk.keyboard.press('Escape');
  await atDesk.click(part('open-settings'));
  await atDesk.locator(part('settings')).waitFor();
  await picture(atDesk, folder, 'settings-desk');
  await atDesk.keyboard.press('Escape');
  await atDesk.locator(part('replies')).click();
  await atDesk.locator(`${part('thread')} ${part('message')}`).nth(1).waitFor();
  await picture(atDesk, folder, 'thread-desk');

  const inHand = await enter('phone', 'dark', plain);
  await inHand.click(part('people'));
  await inHand.locator(part('person')).nth(4).waitFor();
  await picture(inHand, folder, 'people-phone');
  await inHand.click(part('close-panel'));
  await showRooms(inHand);
  await picture(inHand, folder, 'rooms-phone');
  await inHand.click(part('open-settings'));
  await inHand.click(part('tab-devices'));
  await inHand.locator(part('session')).first().waitFor();
  await picture(inHand, folder, 'settings-phone');
  await inHand.keyboard.press('Escape');
  await inHand.locator(part('message-menu')).last().focus();
  await inHand.keyboard.press('Enter');
  await inHand.locator(part('message-actions')).waitFor();
  await picture(inHand, folder, 'menu-phone');

  for (const size of ['desk', 'phone']) {
    const page = await enter(size, size === 'desk' ? 'light' : 'dark', { ...plain, locale: 'zh-CN' });
    if (size === 'desk') {
      await page.click(part('people'));
      await page.locator(part('person')).nth(4).waitFor();
      await page.focus(part('composer'));
    }
    await picture(page, folder, `chinese-${size}`);
  }
});

test('pictures of the first minute', async (t) => {
  const folder = await folderOf(t);
  await mkdir(folder, { recursive: true });
  for (const [size, colorScheme] of [['desk', 'light'], ['phone', 'dark']]) {
    const server = await Server.start(t, { listen: '127.0.0.1:0' });
    const page = await open(t, browser, server.url, sized(size, colorScheme, { deviceScaleFactor: 1 }));
    await page.locator(part('name-card')).waitFor();
    await picture(page, folder, `name-${size}`);
    await page.click(part('have-account'));
    await page.locator(part('sign-in')).waitFor();
    await picture(page, folder, `sign-in-${size}`);
    await page.getByRole('button', { name: 'Come in with just a name' }).click();
    await giveName(page, 'Jonas');
    await page.locator(`${part('empty-card')} ${part('qr')}`).waitFor();
    await picture(page, folder, `first-${size}`);
    if (size === 'phone') {
      await goOffline(page);
      await say(page, 'On my way, see you at the whiteboard');
      await row(page, 'On my way', 'waiting');
      await page.locator(part('banner')).waitFor();
      await picture(page, folder, 'offline-phone');
    }
  }
});

/** What a page's browser sends to be known again. */
async function cookieOf(page) {
  const [{ name, value }] = await page.context().cookies();
  return { cookie: `${name}=${value}` };
}
