/** The client in Node, as it was built, against a real server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../../tests/browser/chromium.mjs';
import { owner } from '../../../../tests/browser/owner.mjs';
import { Server } from '../../../../tests/browser/server.mjs';
import * as openline from '../../dist/index.js';
import { talk } from './talker.mjs';

const { Api, newKey, ProblemError, retry } = openline;

/** Everything that a line says, and waiting for what it shall say. */
function ear(api, options) {
  const events = [];
  const states = [];
  let changed = () => {};
  const tell = (list) => (item, more) => {
    list.push(more === undefined ? item : [item, more]);
    changed();
  };
  const line = api.listen({ ...options, onEvent: tell(events), onState: tell(states) });
  const until = async (isIt) => {
    while (!isIt({ events, states })) await new Promise((resolve) => (changed = resolve));
  };
  return { line, events, states, until };
}

test('a server that is killed twice: what was posted is heard once and in order', async (t) => {
  const server = await Server.start(t);
  const talker = talk(openline, server.url);
  for (let round = 0; round < 2; round += 1) {
    const count = await talker.reach(20 * (round + 1));
    assert.ok(count >= 20);
    await server.kill();
    await server.restart();
  }
  await talker.reach(60);
  const { posted, heard } = await talker.stop();
  const stored = (await server.history('lobby')).map(({ id }) => id);
  assert.deepEqual(heard.slice(-500), stored);
  assert.deepEqual(heard, posted);
});

test('a post repeated under its key is stored once, and answered alike', async (t) => {
  const server = await Server.start(t);
  const api = new Api({ base: server.url });
  const draft = { body: 'once', key: newKey() };
  const answers = [await api.messages.post('lobby', draft), await api.messages.post('lobby', draft)];
  assert.equal(answers[0].id, answers[1].id);
  assert.equal((await api.messages.page('lobby')).messages.length, 1);
  const other = api.messages.post('lobby', { ...draft, body: 'twice' });
  await assert.rejects(other, { name: 'ProblemError', status: 422, code: 'key-reused', mayPass: false });
});

test('a page, and then a line from its head, miss and repeat nothing', async (t) => {
  const server = await Server.start(t);
  const api = new Api({ base: server.url });
  for (const body of ['a', 'b', 'c']) await api.messages.post('lobby', { body });
  const page = await api.messages.page('lobby', { limit: 2 });
  assert.deepEqual(page.messages.map(({ body }) => body), ['b', 'c']);
  await api.messages.post('lobby', { body: 'd' });
  const { line, events, until } = ear(api, { rooms: ['lobby'], since: page.head });
  const bodies = () => events.flatMap((event) => (event.name === 'message' ? [event.message.body] : []));
  await until(() => bodies().length === 1);
  await api.messages.signal('lobby', { body: 'only now' });
  await until(() => bodies().length === 2);
  line.close();
  assert.deepEqual(bodies(), ['d', 'only now']);
  assert.equal(events.at(-1).message.id, undefined);
});

test('a problem says what was wrong, in the language that was asked for', async (t) => {
  const server = await Server.start(t);
  const blank = async (language) => {
    const error = await new Api({ base: server.url, language }).messages.post('lobby', { body: ' ' }).catch((error) => error);
    assert.ok(error instanceof ProblemError);
    assert.equal(error.status, 422);
    assert.equal(error.code, 'blank-message');
    return error.problem.title;
  };
  assert.match(await blank('en'), /nothing/);
  assert.match(await blank('zh-CN'), /[\u4e00-\u9fff]/);

  const { line, states, until } = ear(new Api({ base: server.url }), { rooms: ['..'] });
  await until(() => states.length === 2);
  assert.equal(states[1][0], 'refused');
  assert.equal(states[1][1].code, 'bad-room');
  line.close();
});

test('an abort ends a call, and a wait between two', async (t) => {
  const server = await Server.start(t);
  const api = new Api({ base: server.url });
  const gone = AbortSignal.abort(new Error('not wanted'));
  await assert.rejects(api.messages.page('lobby', {}, { signal: gone }), /not wanted/);

  await server.kill();
  const abort = new AbortController();
  const onFailure = (error) => {
    assert.ok(error instanceof TypeError, 'the network failed');
    abort.abort(new Error('enough'));
  };
  await assert.rejects(retry(() => api.messages.page('lobby'), { signal: abort.signal, onFailure }), /enough/);
});

test('a closed line leaves nothing open', async (t) => {
  const server = await Server.start(t);
  const lines = () => server.metric('lines_sse').then(async (sse) => sse + (await server.metric('lines_websocket')));
  const { line, until } = ear(new Api({ base: server.url }), {});
  await until(({ states }) => states.at(-1) === 'open');
  assert.equal(await lines(), 1);
  line.close();
  await eventually(lines, (open) => open === 0);
});

/** A bot of the server. */
async function makeBot(t, server) {
  const headers = { 'content-type': 'application/json', ...(await owner(t, server)) };
  const body = JSON.stringify({ name: 'Clock', face: '🕰️' });
  const answer = await fetch(`${server.url}/bots`, { method: 'POST', headers, body });
  assert.equal(answer.status, 201);
  return answer.json();
}

test('a bot is known by its token, when it speaks and when it listens', async (t) => {
  const server = await Server.start(t);
  const { person, token } = await makeBot(t, server);
  const bot = new Api({ base: server.url, token });
  assert.deepEqual(await bot.me.get().then(({ id, name, bot }) => ({ id, name, bot })), { id: person.id, name: 'Clock', bot: true });

  const { id: room } = await bot.rooms.create({ kind: 'private', title: 'Its own' });
  const { line, events, until } = ear(bot, { mine: true });
  await until(({ states }) => states.at(-1) === 'open');
  await bot.messages.post(room, { body: 'tick' });
  await until(() => events.some((event) => event.name === 'message' && event.message.by.id === person.id));
  line.close();

  const wrong = new Api({ base: server.url, token: `${token}x` });
  await assert.rejects(wrong.me.get(), { status: 401, code: 'not-signed-in' });
  const refused = ear(wrong, { mine: true });
  await refused.until(({ states }) => states.length === 2);
  assert.equal(refused.states[1][1].code, 'not-signed-in');
  refused.line.close();
});

test('what becomes of a message is heard as it happens', async (t) => {
  const server = await Server.start(t);
  const { token } = await makeBot(t, server);
  const bot = new Api({ base: server.url, token });
  const { id } = await bot.messages.post('lobby', { body: 'tick' });
  const { line, events, until } = ear(bot, { rooms: ['lobby'] });
  await until(({ states }) => states.at(-1) === 'open');
  await bot.messages.edit('lobby', id, 'tock');
  await bot.messages.react('lobby', id, '👍');
  const reply = await bot.messages.post('lobby', { body: 'indeed', reply_to: id });
  assert.equal(reply.quote.body, 'tock');
  assert.deepEqual((await bot.messages.replies('lobby', id)).messages.map(({ id }) => id), [reply.id]);
  await bot.messages.unreact('lobby', id, '👍');
  await bot.messages.delete('lobby', id);
  await until(() => events.some(({ name }) => name === 'delete'));
  line.close();
  const told = events.filter(({ name }) => !['hello', 'here', 'presence', 'heartbeat'].includes(name));
  // What was said a moment before may still be heard.
  if (told[0].message?.id === id) told.shift();
  assert.deepEqual(told.map(({ name }) => name), ['edit', 'reaction', 'message', 'reaction', 'delete']);
  assert.equal(told[0].edit.message.body, 'tock');
  assert.deepEqual(told.filter(({ name }) => name === 'reaction').map(({ reaction }) => [reaction.on, reaction.count]), [[true, 1], [false, 0]]);
  assert.ok(told[4].delete.message.deleted);
  assert.equal(told[4].delete.message.body, undefined);
});
