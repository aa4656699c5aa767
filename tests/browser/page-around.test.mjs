/** Around the conversation: going from room to room, making and settling rooms, finding people. */
import assert from 'node:assert/strict';
import { eventually, launch, onBoth, open } from './chromium.mjs';
import { holdAnswer, join, part, row, say, showRooms } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

const GOAL = part('goal');
const inRoom = (page, room) => page.locator(`${part('room')}[data-room="${room}"]`).waitFor();

onBoth('Ctrl-K goes to rooms, the latest first, and to people', async (t, options) => {
  const server = await Server.start(t);
  const ben = await server.member('Benedikt', 'lobby');
  const page = await join(t, browser, `${server.url}/rooms/garden`, 'Ann', options);
  for (const room of ['kitchen', 'lobby']) {
    await page.goto(`${server.url}/rooms/${room}`);
    await page.locator(part('here')).waitFor();
    await say(page, `in ${room}`);
    await row(page, `in ${room}`, 'sent');
  }
  await server.say('garden', 'the latest', ben);
  await page.keyboard.press('Control+k');
  await page.locator(part('switcher-field')).waitFor();
  await eventually(
    () => page.locator(GOAL).allInnerTexts(),
    (found) => found.map((text) => text.split('\n')[0]).join() === 'garden,kitchen,lobby',
  );
  await page.keyboard.type('kit');
  await page.keyboard.press('Enter');
  await inRoom(page, 'kitchen');

  await page.keyboard.press('Control+k');
  await page.locator(part('switcher-field')).waitFor();
  await page.keyboard.type('bened');
  await page.locator(GOAL).filter({ hasText: 'Benedikt' }).click();
  await page.locator(`${part('room')} h1`).filter({ hasText: 'Benedikt' }).waitFor();
  await page.locator(`${part('room-link')}[aria-current="page"]`).filter({ hasText: 'Benedikt' }).waitFor({ state: 'attached' });

  await page.keyboard.press('Control+k');
  await page.locator(part('switcher-field')).waitFor();
  await page.keyboard.type('Garden Shed');
  await page.locator(GOAL).filter({ hasText: '#garden-shed' }).click();
  await inRoom(page, 'garden-shed');
  await page.keyboard.press('Meta+k');
  await page.locator(part('switcher-field')).waitFor();
  await page.keyboard.press('Escape');
  await page.locator(part('switcher-field')).waitFor({ state: 'detached' });
  assert.deepEqual(page.faults, []);
});

onBoth('a name and Enter in one go lead to the person, not to a new room of that name', async (t, options) => {
  const server = await Server.start(t);
  await server.member('Benedikt', 'lobby');
  const page = await join(t, browser, server.url, 'Ann', options);
  const people = await holdAnswer(page, '**/people?*');
  const type = async (wanted) => {
    await page.keyboard.press('Control+k');
    await page.fill(part('switcher-field'), wanted);
    await page.press(part('switcher-field'), 'Enter');
  };
  await type('bened');
  assert.equal(await page.locator(part('switcher')).count(), 1);
  people.letGo();
  await page.locator(`${part('room')} h1`).filter({ hasText: /Benedikt$/ }).waitFor();
  await type('nobody by that name');
  await inRoom(page, 'nobody-by-that-name');
  assert.deepEqual(page.faults, []);
});

onBoth('a private room is made with somebody, who sees it at once; a stranger does not', async (t, options) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, server.url, 'Ann', options);
  const ben = await join(t, browser, server.url, 'Ben');
  const eve = await join(t, browser, server.url, 'Eve');
  await showRooms(ann);
  await ann.click(part('new-room'));
  await ann.getByRole('radio', { name: /Private/ }).check();
  await ann.fill(part('room-name'), 'Surprise');
  await ann.fill(part('find-people'), 'Ben');
  await ann.click(part('found-person'));
  await ann.click(part('make-room'));
  await ann.locator(`${part('room')} h1`).filter({ hasText: 'Surprise' }).waitFor();
  await say(ann, 'psst');
  const link = ben.locator(part('room-link')).filter({ hasText: 'Surprise' });
  await link.waitFor({ state: 'attached' });
  await link.click();
  await row(ben, 'psst', 'sent');
  assert.equal(await eve.locator(part('room-link')).filter({ hasText: 'Surprise' }).count(), 0);
  await eve.goto(ann.url());
  await eve.getByRole('alert').filter({ hasText: 'cannot be opened' }).waitFor();
});

onBoth('public rooms are found, with their topics', async (t, options) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'garden', 'kitchen');
  await server.say('garden', 'hello', ben);
  await server.say('kitchen', 'hello', ben);
  const page = await join(t, browser, server.url, 'Ann', options);
  await showRooms(page);
  await page.click(part('browse'));
  await page.locator(part('found-room')).nth(1).waitFor();
  await page.getByRole('searchbox', { name: 'Find a room…' }).fill('kit');
  await eventually(() => page.locator(part('found-room')).count(), (count) => count === 1);
  await page.click(part('found-room'));
  await inRoom(page, 'kitchen');
});

onBoth('the keeper of a room settles it, and who else is there sees it change', async (t, options) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, server.url, 'Ann', options);
  await showRooms(ann);
  await ann.click(part('new-room'));
  await ann.fill(part('room-name'), 'harbour');
  await ann.click(part('make-room'));
  await inRoom(ann, 'harbour');
  const ben = await join(t, browser, `${server.url}/rooms/harbour`, 'Ben');
  await ann.click(part('room-settings'));
  await ann.fill(part('topic'), 'Tides and boats');
  await ann.selectOption(part('post'), 'moderators');
  await ann.click(part('save-room'));
  await ben.locator(`${part('room')} header`).filter({ hasText: 'Tides and boats' }).waitFor();
  await ben.locator(part('closed')).waitFor();

  await ann.click(part('people'));
  await ann.locator(part('person')).filter({ hasText: 'Ben' }).click();
  await ann.click(part('ban'));
  await ann.fill(part('ban-reason'), 'too loud');
  await ann.click(part('ban-confirm'));
  await ann.locator(part('person')).filter({ hasText: 'Ben' }).waitFor({ state: 'detached' });
  await ben.getByRole('alert').filter({ hasText: /no longer|cannot be opened/ }).waitFor();
});

onBoth('a room that is muted asks for nothing, and one that is left is gone from the list', async (t, options) => {
  const server = await Server.start(t);
  const ben = await server.member('Ben', 'garden');
  const page = await join(t, browser, `${server.url}/rooms/garden`, 'Ann', options);
  await page.click(part('room-settings'));
  await page.selectOption(part('level'), 'none');
  // Before the page is left, which ends what it asks.
  const about = async () => (await page.request.get(`${server.url}/rooms/garden/about`)).json();
  await eventually(about, ({ me }) => me.level === 'none');
  await page.keyboard.press('Escape');
  await page.goto(`${server.url}/rooms/lobby`);
  await page.locator(part('here')).waitFor();
  const garden = page.locator(`${part('room-link')}[data-room="garden"]`);
  await server.say('garden', 'anybody?', ben);
  await server.say('lobby', 'after it', ben);
  await row(page, 'after it', 'sent');
  assert.equal(await garden.locator(part('badge')).count(), 0);
  await showRooms(page);
  await garden.click();
  await inRoom(page, 'garden');
  await page.click(part('room-settings'));
  await page.click(part('leave'));
  await page.click(part('leave'));
  await garden.waitFor({ state: 'detached' });
});

onBoth('an account, a new face, a device that is signed out', async (t, options) => {
  const server = await Server.start(t);
  const desk = await join(t, browser, server.url, 'Ann', options);
  await say(desk, 'hello');
  await showRooms(desk);
  await desk.click(part('open-settings'));
  await desk.click(part('choose-face'));
  await desk.fill(part('emoji-search'), 'fox');
  await desk.locator('[data-emoji="🦊"]').first().click();
  await desk.locator(`${part('message')} .face`).filter({ hasText: '🦊' }).waitFor({ state: 'attached' });
  await desk.click(part('tab-account'));
  await desk.fill(part('login'), 'ann');
  await desk.fill(part('password'), 'correct horse');
  await desk.click(part('account-button'));
  // It is said by what lies on top: behind an open dialog nothing is seen or heard.
  await desk.locator(`dialog[open] ${part('notice')}`).getByText('You have an account now.').waitFor();
  await desk.getByText('Your account: ann').waitFor();

  const other = await join(t, browser, server.url, 'Somebody', options);
  await showRooms(other);
  await other.click(part('open-settings'));
  await other.click(part('tab-devices'));
  // A list of several devices moves what is below it.
  await other.locator(part('session')).waitFor();
  await other.click(part('sign-out'));
  await other.click(part('have-account'));
  await other.fill(part('login'), 'ann');
  await other.fill(part('password'), 'wrong horse');
  await other.click(part('sign-in-button'));
  await other.locator('.error').filter({ hasText: /\S/ }).waitFor();
  await other.fill(part('password'), 'correct horse');
  await other.click(part('sign-in-button'));
  await other.locator(part('open-settings')).filter({ hasText: 'Ann' }).waitFor({ state: 'attached' });

  await desk.click(part('tab-devices'));
  await desk.click(part('end-session'));
  await eventually(() => desk.locator(part('session')).count(), (count) => count === 1);
  await other.reload();
  await other.locator(part('name-card')).waitFor();
});

onBoth('a link with its code leads in, once, and a bad one says so', async (t, options) => {
  const server = await Server.start(t);
  const desk = await join(t, browser, `${server.url}/rooms/garden`, 'Ann', options);
  await showRooms(desk);
  await desk.click(part('open-settings'));
  await desk.click(part('tab-devices'));
  await desk.click(part('phone-link'));
  await desk.locator(`${part('share')} ${part('qr')}`).waitFor();
  const url = await desk.locator(`${part('share')} code`).innerText();
  const handset = await follow(t, url);
  await handset.click(part('join-button'));
  await handset.locator(part('open-settings')).filter({ hasText: 'Ann' }).waitFor({ state: 'attached' });
  const late = await follow(t, url);
  await late.getByRole('heading', { name: 'This link does not work' }).waitFor();
});

onBoth('a code for the phone that a new password has ended is shown no more', async (t, options) => {
  const server = await Server.start(t);
  const desk = await join(t, browser, server.url, 'Ann', options);
  const [{ name, value }] = await desk.context().cookies();
  const mine = { cookie: `${name}=${value}` };
  await server.ask('PUT', '/me/account', { login: 'ann', password: 'correct horse' }, mine);
  await showRooms(desk);
  await desk.click(part('open-settings'));
  await desk.click(part('tab-devices'));
  await desk.click(part('phone-link'));
  await desk.locator(`${part('share')} ${part('qr')}`).waitFor();
  // As from another tab.
  await server.ask('PUT', '/me/password', { old: 'correct horse', password: 'another horse' }, mine);
  await desk.locator(part('share')).waitFor({ state: 'detached' });
  await desk.locator(part('phone-link')).waitFor();
});

/** Opens a link as somebody else. */
async function follow(t, url) {
  const page = await open(t, browser, url);
  await page.locator(part('join-card')).waitFor();
  return page;
}
