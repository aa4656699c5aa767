/** The client in Chromium, as it was built, against a real server; over both transports. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch, open } from '../../../../tests/browser/chromium.mjs';
import { inProject, Server } from '../../../../tests/browser/server.mjs';

const browser = await launch();

/** A server that also serves the client, and an empty page of it. */
async function start(t) {
  const server = await Server.start(t, { env: { OPENLINE_PAGES_DIR: inProject('clients/js') } });
  const page = await open(t, browser, `${server.url}/dist/index.js`);
  return { server, page };
}

for (const [transport, metric] of [['WebSocket', 'lines_websocket'], ['EventSource', 'lines_sse']]) {
  test(`a server that is killed twice, over ${transport}: what was posted is heard once and in order`, async (t) => {
    const { server, page } = await start(t);
    await page.evaluate(async (transport) => {
      // Where there is no WebSocket, the client reads event streams.
      if (transport !== 'WebSocket') delete window.WebSocket;
      const [openline, { talk }] = await Promise.all([import('/dist/index.js'), import('/tests/server/talker.mjs')]);
      window.talker = talk(openline, location.origin);
    }, transport);
    for (let round = 0; round < 2; round += 1) {
      await page.evaluate((count) => window.talker.reach(count), 20 * (round + 1));
      // Later it may be the other: each takes over when the server is not back yet.
      if (round === 0) assert.equal(await server.metric(metric), 1);
      await server.kill();
      await server.restart();
    }
    await page.evaluate(() => window.talker.reach(60));
    const { posted, heard } = await page.evaluate(() => window.talker.stop());
    assert.deepEqual(heard, posted);
    const stored = (await server.history('lobby')).map(({ id }) => id);
    assert.deepEqual(heard.slice(-500), stored);
  });
}

test('the page’s cookie says who speaks', async (t) => {
  const { page } = await start(t);
  const { me, message } = await page.evaluate(async () => {
    const { Api } = await import('/dist/index.js');
    const api = new Api();
    await api.me.set({ name: 'Ann' });
    return { me: await api.me.get(), message: await api.messages.post('lobby', { body: 'hello' }) };
  });
  assert.equal(message.by.name, 'Ann');
  assert.equal(message.by.id, me.id);
});

test('a line of one’s own rooms follows its person in and out of them', async (t) => {
  const { server, page } = await start(t);
  await server.say('news', 'before');
  await page.evaluate(async () => {
    const { Api } = await import('/dist/index.js');
    window.api = new Api();
    await window.api.me.set({ name: 'Ann' });
    window.events = [];
    const opened = new Promise((resolve) => {
      window.api.listen({
        mine: true,
        onEvent(event) {
          window.events.push(event);
          if (event.name === 'hello') resolve();
        },
      });
    });
    await opened;
    await window.api.rooms.join('news');
  });
  const heard = (name) => page.waitForFunction((name) => window.events.some((event) => event.name === name), name);
  await heard('member');
  await server.say('news', 'while in it');
  await heard('message');
  await page.evaluate(() => window.api.rooms.leave('news'));
  await page.waitForFunction(() => window.events.some((event) => event.name === 'member' && event.member.change === 'left'));
  await server.say('news', 'after');
  // A room of her own is the last word: what she was not to hear would have come before it.
  await page.evaluate(async () => {
    const { id } = await window.api.rooms.create({ kind: 'private', title: 'Mine' });
    await window.api.messages.post(id, { body: 'the end' });
  });
  await page.waitForFunction(() => window.events.some((event) => event.name === 'message' && event.message.body === 'the end'));
  const bodies = await page.evaluate(() => window.events.flatMap((event) => (event.name === 'message' ? [event.message.body] : [])));
  assert.deepEqual(bodies, ['while in it', 'the end']);
});
