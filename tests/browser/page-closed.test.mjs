/** A room that closes to one while one looks, and one that opens; and one that has another name by now. */
import assert from 'node:assert/strict';
import { eventually, launch, onBoth } from './chromium.mjs';
import { isListening, join, LINK, part, row, say, showRooms, showsRows, travel } from './page.mjs';
import { Server } from './server.mjs';

const browser = await launch();

const closed = (page, words) => page.locator(`${part('room')} [role="alert"]`, { hasText: words });

/** Ann, who looks at the lobby, her id, and how she is asked who she is. */
async function annInLobby(t, options) {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  const ben = await server.member('Ben', 'lobby', 'garden');
  const { people } = await server.ask('GET', '/rooms/lobby/people', undefined, ben);
  return { server, ann, ben, id: people.find(({ name }) => name === 'Ann').id };
}

onBoth('a link into a hidden room opens once one is added to it, and all of it works', async (t, options) => {
  const { server, ann, ben, id } = await annInLobby(t, options);
  const plans = await server.ask('POST', '/rooms', { kind: 'private', title: 'Plans' }, ben);
  const path = `/rooms/${encodeURIComponent(plans.id)}`;
  await travel(ann, path);
  await closed(ann, 'cannot be opened').waitFor();
  await server.ask('PUT', `${path}/people/${id}`, {}, ben);
  await ann.locator(part('composer')).waitFor();
  const { id: last } = await server.say(plans.id, 'between us', ben);
  await showsRows(ann, ['sent: between us']);
  const readBy = async () => (await server.ask('GET', `${path}/people`, undefined, ben)).people.find((one) => one.id === id).read;
  await eventually(readBy, (read) => read === last);
  await say(ann, 'I am here');
  await row(ann, 'I am here', 'sent');
});

onBoth('a room that one leaves on another device is closed, and opens again by its link', async (t, options) => {
  const { server, ann, ben } = await annInLobby(t, options);
  await travel(ann, '/rooms/garden');
  await ann.locator(`${part('room')}[data-room="garden"]`).waitFor();
  await isListening(ann);
  await server.say('garden', 'who is here?', ben);
  await showsRows(ann, ['sent: who is here?']);
  await ann.evaluate(() => fetch('/rooms/garden/people/me', { method: 'DELETE' }));
  await closed(ann, 'no longer in this room').waitFor();
  assert.equal(await ann.locator(part('message')).count(), 0);
  await showRooms(ann);
  await ann.click(LINK('garden'));
  await showsRows(ann, ['sent: who is here?']);
  await say(ann, 'back again');
  await row(ann, 'back again', 'sent');
});

onBoth('a room that has another name by now is the same room', async (t, options) => {
  const { server, ann, ben } = await annInLobby(t, options);
  await server.ask('POST', '/rooms', { kind: 'public', name: 'shed' }, ben);
  await travel(ann, '/rooms/shed');
  await ann.locator(`${part('room')}[data-room="shed"]`).waitFor();
  await isListening(ann);
  await say(ann, 'before');
  await row(ann, 'before', 'sent');
  await server.ask('PATCH', '/rooms/shed/about', { name: 'house' }, ben);
  await ann.locator(LINK('house')).waitFor({ state: 'attached' });
  await travel(ann, '/rooms/lobby');
  await ann.locator(`${part('room')}[data-room="lobby"]`).waitFor();
  await showRooms(ann);
  await ann.click(LINK('house'));
  await showsRows(ann, ['sent: before']);
  await server.say('house', 'after', ben);
  await showsRows(ann, ['sent: before', 'sent: after']);
  await say(ann, 'by its new name');
  await row(ann, 'by its new name', 'sent');
  assert.deepEqual(await ann.locator(part('room-link')).evaluateAll((links) => links.map((link) => link.dataset.room).sort()), ['house', 'lobby']);
  assert.deepEqual(ann.faults, []);
});
