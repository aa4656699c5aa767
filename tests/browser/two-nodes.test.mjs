/** The example of two nodes behind nginx: nobody can tell which one they are on, nor whether it still runs. */
import assert from 'node:assert/strict';
import { symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { eventually, launch, open, phone } from './chromium.mjs';
import { join as enter, part, row, say, showsRows } from './page.mjs';
import { binary, environment, freePort, inProject, output, readUntil, start, temporaryFolder } from './server.mjs';

const browser = await launch();
const script = inProject('examples/two-nodes/run.sh');

/** What the script started: where everybody goes, and the nodes behind it, which can be killed and come back. */
async function started(t) {
  const [listen, ...addresses] = await Promise.all([0, 1, 2].map(async () => `127.0.0.1:${await freePort()}`));
  const settings = { LISTEN: listen, NODES: addresses.join(' '), REDIS_PORT: await freePort() };
  const env = { ...environment, ...settings, OPENLINE: binary, DATA: await temporaryFolder(t) };
  const child = start(t, script, [], { env });
  const url = `http://${listen}`;
  const told = (await readUntil(child, (line) => line === url)).map((line) => line.match(/^node (\S+) is process (\d+): (.*)$/));
  const nodes = told.filter(Boolean).map(([, url, process, command]) => new Node(t, url, Number(process), command));
  assert.equal(nodes.length, 2);
  return { url, nodes };
}

class Node {
  #t;
  #process;
  #command;

  constructor(t, url, process, command) {
    [this.#t, this.url, this.#process, this.#command] = [t, url, process, command];
  }

  /** Ends it as a loss of power would end it. */
  async kill() {
    process.kill(this.#process, 'SIGKILL');
    await eventually(() => fetch(this.url).then(() => 'it answers', () => 'gone'), (answer) => answer === 'gone');
  }

  /** Comes back, by the command that the script told. */
  async restart() {
    const child = start(this.#t, 'sh', ['-c', `exec ${this.#command}`], { cwd: dirname(script) });
    this.#process = child.pid;
    await readUntil(child, (line) => line === this.url);
  }
}

/** Says something as programs do: again, under its key, until it is kept. */
async function tell(t, url, words) {
  const body = JSON.stringify({ body: words, key: words });
  await output(t, 'curl', ['-sS', '--fail-with-body', '--retry', '20', '--retry-all-errors', '--json', body, `${url}/rooms/lobby`]);
}

/** Who has a line to a node says how many are told to be in the room. */
function listen(t, url, client) {
  return start(t, 'curl', ['-sSN', `${url}/rooms/lobby?live&client=${client}`]);
}

/** Hears the room with a plain EventSource, which notes what it hears. */
const listenByEventSource = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        const source = new EventSource('/rooms/lobby');
        window.heard = { messages: [], problems: [], resets: 0, source };
        source.onopen = resolve;
        source.onmessage = (event) => window.heard.messages.push(JSON.parse(event.data).body);
        source.addEventListener('problem', (event) => window.heard.problems.push(JSON.parse(event.data).code));
        source.addEventListener('reset', () => (window.heard.resets += 1));
      }),
  );

const heard = (page) => page.evaluate(() => ({ ...window.heard, source: window.heard.source.readyState }));

test('people on two nodes talk, and each is told how many are on both', async (t) => {
  const { url, nodes } = await started(t);
  const lines = nodes.map((node, place) => listen(t, node.url, `program-${place}`));
  for (const line of lines) await readUntil(line, (line) => JSON.parse(line).here?.count === 2);
  const [ann, ben] = await Promise.all([
    enter(t, browser, `${url}/rooms/lobby`, 'Ann'),
    enter(t, browser, `${nodes[0].url}/rooms/lobby`, 'Ben', { viewport: phone }),
  ]);
  for (const page of [ann, ben]) await page.locator(part('here'), { hasText: /^4 here$/ }).waitFor();
  await say(ann, 'from Ann');
  await row(ben, 'from Ann', 'sent');
  await say(ben, 'from Ben');
  await row(ann, 'from Ben', 'sent');
  await tell(t, nodes[1].url, 'from a terminal');
  for (const page of [ann, ben]) await showsRows(page, ['from Ann', 'from Ben', 'from a terminal'].map((words) => `sent: ${words}`));
});

test('each node is killed in turn: everybody goes on on the other, and misses nothing', async (t) => {
  const { url, nodes } = await started(t);
  const [ann, ben, source] = await Promise.all([
    enter(t, browser, `${url}/rooms/lobby`, 'Ann'),
    enter(t, browser, `${url}/rooms/lobby`, 'Ben', { viewport: phone }),
    open(t, browser, `${url}/health/live`),
  ]);
  await listenByEventSource(source);
  const told = [];
  const speak = async (words) => {
    told.push(words);
    await tell(t, url, words);
  };
  await speak('at first');
  for (const [place, node] of nodes.entries()) {
    await node.kill();
    for (let count = 0; count < 5; count += 1) await speak(`without node ${place}: ${count}`);
    await say(ann, `Ann without node ${place}`);
    await row(ben, `Ann without node ${place}`, 'sent');
    told.push(`Ann without node ${place}`);
    for (const page of [ann, ben]) await showsRows(page, told.map((words) => `sent: ${words}`));
    await eventually(() => heard(source), ({ messages }) => messages.length >= told.length);
    await node.restart();
  }
  const { messages, resets, problems } = await heard(source);
  assert.deepEqual([messages, resets, problems], [told, 0, []], 'there was always a node to go to');
});

test('no node is left: an EventSource waits for one instead of giving up, all others get a clear answer', async (t) => {
  const { url, nodes } = await started(t);
  const page = await open(t, browser, `${url}/health/live`);
  await listenByEventSource(page);
  await tell(t, url, 'before');
  await eventually(() => heard(page), ({ messages }) => messages.length === 1);
  await Promise.all(nodes.map((node) => node.kill()));

  const { problems } = await eventually(() => heard(page), ({ problems }) => problems.length > 0);
  assert.equal(problems[0], 'no-node');
  for (const accept of ['*/*', 'text/html', 'text/event-stream, application/problem+json']) {
    const answer = await fetch(`${url}/rooms/lobby`, { headers: { accept } });
    assert.equal(answer.status, 503, accept);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    assert.match(answer.headers.get('retry-after'), /^\d+$/);
    assert.equal((await answer.json()).code, 'no-node');
  }
  const post = await fetch(`${url}/rooms/lobby`, { method: 'POST', body: 'nobody hears this' });
  assert.deepEqual([post.status, (await post.json()).code], [503, 'no-node']);

  await Promise.all(nodes.map((node) => node.restart()));
  await tell(t, url, 'after');
  await eventually(() => heard(page), ({ messages }) => messages.length >= 2);
  const { messages, resets, source } = await heard(page);
  assert.deepEqual([messages, resets, source], [['before', 'after'], 0, 1]);
});

test('a Redis that is missing is said to be, and how to get it', async (t) => {
  // A path on which there is only what the script needs to get that far.
  const folder = await temporaryFolder(t);
  await symlink('/usr/bin/dirname', join(folder, 'dirname'));
  const env = { PATH: folder, DATA: folder };
  const child = start(t, '/bin/sh', [script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [words] = await Promise.all([child.stderr.toArray(), child.ended]);
  assert.equal(child.exitCode, 1);
  assert.match(Buffer.concat(words).toString(), /redis-server is missing.*apt-get install redis-server/);
});
