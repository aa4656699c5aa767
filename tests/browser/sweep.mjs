/** A walk through the whole page: every card, panel, menu and dialog, with everything in it that there is to look at. */
import { goOffline, open } from './chromium.mjs';
import { owner } from './owner.mjs';
import { act, isListening, part, row, say, showRooms, travel } from './page.mjs';
import { Server } from './server.mjs';

const WIDE = `${'w'.repeat(300)} https://example.org/${'path/'.repeat(60)} ${'你'.repeat(200)} \`${'code '.repeat(40)}${'c'.repeat(200)}\``;

/** A message of every kind, said by people with short and long names. */
async function lively(server) {
  const ben = await server.member('Ben', 'lobby');
  const cat = await server.member('林小雨', 'lobby');
  const long = await server.member('N'.repeat(40), 'lobby');
  const first = await server.say('lobby', `**Look** at \`this\`, @Olga, and https://example.org/\n\`\`\`js\nconst a = "${'b'.repeat(200)}"; // c\n\`\`\`\n> quoted\n\n- listed\n1. counted`, ben);
  await server.say('lobby', { body: `Nice! ${'你好'.repeat(40)}`, reply_to: first.id }, cat);
  for (const emoji of ['🎉', '👍', '😂', '❤️', '🚀', '👀', '🔥', '✅']) {
    await server.ask('PUT', `/rooms/lobby/${first.id}/reactions/${encodeURIComponent(emoji)}`, {}, cat);
  }
  await server.say('lobby', { data: { level: 3.42, wide: 'v'.repeat(300) } }, ben);
  await server.say('lobby', WIDE, long);
  await server.say('lobby', '🎉', cat);
  await server.ask('PATCH', `/rooms/lobby/${first.id}`, { body: `${first.body}\nchanged` }, ben);
  const gone = await server.say('lobby', 'regretted', cat);
  await server.say('lobby', { body: 'an answer to it', reply_to: gone.id }, ben);
  await server.ask('DELETE', `/rooms/lobby/${gone.id}`, undefined, cat);
  return { ben, cat };
}

/** Waits until what moves while something opens, closes or changes its colours has come to rest. */
export const settled = (page) =>
  page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))));

/**
 * Goes everywhere, as an owner, and calls `look(page, place)` at each place, once what belongs there is there. Gives the
 * page.
 */
export async function sweep(t, browser, options, look) {
  const server = await Server.start(t);
  const mine = await owner(t, server, 'Olga');
  const page = await open(t, browser, `${server.url}/rooms/garden`, options);
  const seen = async (place) => {
    await settled(page);
    await look(page, place);
  };
  const opened = (name) => page.locator(part(name)).waitFor();
  const closed = async (name) => {
    await page.keyboard.press('Escape');
    await page.locator(part(name)).waitFor({ state: 'detached' });
  };

  await page.locator(part('name-card')).waitFor();
  await seen('the name card');
  await page.click(part('have-account'));
  await page.locator(part('sign-in')).waitFor();
  await seen('signing in');
  const link = await server.ask('POST', '/links', { role: 'moderator', uses: 3, hours: 24 }, mine);
  await page.goto(link.url);
  await page.locator(part('join-button')).waitFor();
  await page.check(part('wants-account'));
  await seen('an invitation');
  await page.goto(`${server.url}/join#nothing`);
  await page.reload();
  await page.locator(`${part('join-card')} a`).waitFor();
  await seen('a bad link');

  const [name, value] = mine.cookie.split('=');
  await page.context().addCookies([{ name, value, url: server.url }]);
  await page.goto(`${server.url}/rooms/garden`);
  await page.locator(`${part('empty-card')} ${part('qr')}`).waitFor();
  await seen('an empty room');
  const { ben, cat } = await lively(server);
  await travel(page, '/rooms/lobby');
  await page.locator(`${part('message')} pre .keyword`).waitFor({ state: 'attached' });
  await page.locator(part('tombstone')).waitFor({ state: 'attached' });
  await seen('the chat');

  await page.route('**/rooms/lobby', (route) => (route.request().method() === 'POST' ? route.fulfill({ status: 403, contentType: 'application/problem+json', body: '{"status":403}' }) : route.continue()));
  await say(page, 'hello');
  await row(page, 'hello', 'failed');
  await seen('a refused message');
  await page.click(part('delete'));
  await page.unroute('**/rooms/lobby');
  await say(page, 'hello');
  await row(page, 'hello', 'sent');
  await page.fill(part('composer'), ':heart');
  await page.locator(part('composer')).press('End');
  await page.locator(part('suggestions')).waitFor();
  await seen('suggestions');
  await page.fill(part('composer'), '');

  await act(page, 'hello');
  await opened('message-actions');
  await seen('the menu of a message');
  await page.click(part('more-emoji'));
  await opened('emoji-picker');
  await seen('the emoji');
  await closed('emoji-picker');
  await act(page, 'hello', 'action-edit');
  await page.locator(part('editing')).waitFor();
  await seen('an edit');
  await page.locator(part('composer')).press('Escape');
  await act(page, 'hello', 'action-reply');
  await page.locator(part('replying')).waitFor();
  await seen('an answer');
  await page.locator(part('composer')).press('Escape');

  await page.click(part('people'));
  await page.locator(part('person')).nth(3).waitFor();
  await page.click(part('add-people'));
  await page.locator(`${part('panel')} ${part('find-people')}`).waitFor();
  await seen('the people');
  await page.locator(part('person')).filter({ hasText: 'Ben' }).click();
  await opened('person-menu');
  await seen('somebody');
  await page.click(part('ban'));
  await page.locator(part('ban-reason')).waitFor();
  await seen('a ban');
  await closed('person-menu');
  await page.click(part('close-panel'));
  await page.locator(part('replies')).last().click();
  await page.locator(`${part('thread')} ${part('message')}`).nth(1).waitFor();
  await page.locator(`${part('thread')} ${part('skeleton')}`).waitFor({ state: 'detached' });
  await seen('a thread');
  await page.click(part('close-panel'));

  await page.click(part('room-settings'));
  await opened('room-form');
  await seen('the settings of a room');
  await closed('room-form');
  await page.click(part('people'));
  await page.getByTestId('people-panel').locator('button.entry').nth(1).click();
  await opened('invite-dialog');
  await page.click(part('make-link'));
  await page.locator(part('revoke')).first().waitFor();
  await page.locator(`${part('share')} ${part('qr')}`).waitFor();
  await seen('inviting');
  await closed('invite-dialog');
  await page.click(part('close-panel'));

  for (const [button, content] of [['open-switcher', 'switcher'], ['new-room', 'new-room-form'], ['browse', 'browse-rooms'], ['open-settings', 'settings']]) {
    await showRooms(page);
    await page.click(part(button));
    await opened(content);
    if (content === 'switcher') await page.locator(part('goal')).first().waitFor();
    if (content === 'browse-rooms') await page.locator(part('found-room')).first().waitFor();
    await seen(content);
    if (content === 'new-room-form') {
      await page.locator('[name="kind"]').last().check();
      await seen('a new talk');
    }
    if (content === 'settings') {
      for (const tab of ['looks', 'account', 'devices', 'profile']) {
        await page.click(part(`tab-${tab}`));
        if (tab === 'devices') {
          await page.locator(part('session')).first().waitFor();
          await page.click(part('phone-link'));
          await page.locator(`${part('share')} ${part('qr')}`).waitFor();
        }
        await seen(`settings, ${tab}`);
      }
      await page.click(part('manage-people'));
      await opened('people-page');
      await page.locator(part('managed-person')).nth(1).click();
      await page.locator(part('role')).waitFor();
      await seen('everybody');
      await closed('people-page');
      continue;
    }
    await closed(content);
  }
  await showRooms(page);
  await seen('the rooms');
  await page.keyboard.press('Escape');

  // Where one may not write any more, and where one may not be.
  const secret = await server.ask('POST', '/rooms', { kind: 'private', title: 'Plans' }, ben);
  await server.ask('POST', '/rooms', { kind: 'public', name: 'notices' }, cat);
  await server.ask('PATCH', '/rooms/notices/about', { archived: true }, cat);
  await travel(page, '/rooms/notices');
  await page.locator(part('closed')).waitFor();
  await seen('an archived room');
  await travel(page, `/rooms/${encodeURIComponent(secret.id)}`);
  await page.locator('main [role="alert"]').waitFor();
  await seen('a closed room');
  await travel(page, '/rooms/lobby');
  await row(page, 'hello', 'sent');
  await goOffline(page);
  await say(page, 'hello from afar');
  await row(page, 'hello from afar', 'waiting');
  await page.locator(part('banner')).waitFor();
  await seen('without a connection');
  await page.context().setOffline(false);
  await isListening(page);
  return page;
}
