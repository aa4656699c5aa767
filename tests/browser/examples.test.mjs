/** Each example does what its README says, in a real browser. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, launch, open, phone, shows } from './chromium.mjs';
import { redis } from './redis.mjs';
import { Server, binary, end, environment, freePort, inProject, readUntil, start, temporaryFolder } from './server.mjs';

const browser = await launch();

const example = (t, name, env) => Server.start(t, { config: `examples/${name}/openline.toml`, env });

test('chat-room: everyone sees every message, blank ones are not sent, leaving frees everything', async (t) => {
  const server = await example(t, 'chat-room', { OPENLINE_STREAM_HEARTBEAT: '200ms' });
  const [ann, ben] = await Promise.all([open(t, browser, server.url, { viewport: phone }), open(t, browser, server.url)]);
  for (const page of [ann, ben]) await shows(page, '#status', ['Welcome, you are in the room.']);
  assert.equal(await server.metric('lines_sse'), 2);

  await ann.fill('#text', '   ');
  await ann.press('#text', 'Enter');
  await ann.fill('#text', 'hello from Ann');
  await ann.click('button');
  await shows(ben, 'li', ['hello from Ann']);
  await ben.fill('#text', '<b>hello</b> from Ben');
  await ben.press('#text', 'Enter');
  await shows(ben, 'li', ['hello from Ann', '<b>hello</b> from Ben']);
  await server.curl('/chat', '-d', 'hello from a terminal');
  for (const page of [ann, ben]) {
    await shows(page, 'li', ['hello from Ann', '<b>hello</b> from Ben', 'hello from a terminal']);
  }
  assert.equal(await server.metric('posts_total'), 3, 'the blank one was never sent');

  const wire = start(t, 'curl', ['-sSN', '-H', 'accept: text/event-stream', `${server.url}/chat`]);
  const isSignOfLife = (line) => /^(:|id: [0-9a-f]+-\d+$)/.test(line);
  let signs = 0;
  const heard = await readUntil(wire, (line) => isSignOfLife(line) && ++signs > 10);
  assert.ok(heard.includes('event: hello'));
  await end(wire);

  await Promise.all([ann, ben].map((page) => page.context().close()));
  await eventually(() => server.metric('lines_sse'), (lines) => lines === 0);
});

/** Has a page note the counts that it shows from now on, the first of which may be there already. */
const noteCounts = (page) =>
  page.evaluate(() => {
    window.counts = [];
    const note = () => {
      const count = Number(document.getElementById('count').textContent);
      if (count > 0) window.counts.push(count);
    };
    note();
    new MutationObserver(note).observe(document.getElementById('count'), { childList: true });
  });

/** The counts that a page has noted. */
const counted = (page) => page.evaluate(() => window.counts);

test('live-page: pages count together, say when the line is lost, and go on by themselves', async (t) => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { ...environment, OPENLINE: binary, OPENLINE_LISTEN: `127.0.0.1:${port}`, OPENLINE_URL: url };
  const run = () => start(t, inProject('examples/live-page/run.sh'), [], { env });
  const first = run();
  await readUntil(first, (line) => line === url);

  const [one, two] = await Promise.all([open(t, browser, url, { viewport: phone }), open(t, browser, url)]);
  await Promise.all([one, two].map(noteCounts));
  const samples = await eventually(
    () => Promise.all([one, two].map(counted)),
    (samples) => samples.every((counts) => counts.length > 2) && samples[0].some((count) => samples[1].includes(count)),
  );
  for (const counts of samples) {
    assert.deepEqual(counts, counts.map((_, index) => counts[0] + index), 'one after the other');
  }
  assert.match(await one.textContent('#time'), /\d:\d\d:\d\d/);

  await end(first);
  for (const page of [one, two]) await shows(page, '#status', ['The line is lost. Trying again…']);
  run();
  for (const page of [one, two]) {
    await shows(page, '#status', ['Live']);
    const { length } = await counted(page);
    await eventually(() => counted(page), (counts) => counts.length > length);
  }
});

test('live-page: text, JSON, XML and HTML arrive as they were sent', async (t) => {
  const server = await example(t, 'live-page');
  const page = await open(t, browser, server.url);
  await shows(page, '#status', ['Live']);
  const payloads = [
    ['text/plain', 'plain text, 50% & a=b, 你好 👋'],
    ['text/plain', '  spaces around  '],
    ['text/plain', 'three\r\nlines\rof text\n'],
    ['application/json', '{"body":"{\\"a\\": [1, 2]}"}', '{"a": [1, 2]}'],
    ['application/xml', '<?xml version="1.0"?>\n<sky><cloud n="1"/></sky>'],
    ['text/html', '<!doctype html><p onclick="alert(1)">Hello</p><script>alert(2)</script>'],
  ];
  for (const [type, sent, said = sent] of payloads) {
    await server.curl('/sse', '-H', `content-type: ${type}`, '--data-binary', sent);
    await page.waitForFunction(
      (expected) => document.getElementById('other').textContent === expected,
      said.replace(/\r\n?/g, '\n'),
    );
  }
  assert.deepEqual(page.faults, []);
});

test('phone-messenger: killed and restarted, nothing is lost or doubled', async (t) => {
  const server = await example(t, 'phone-messenger');
  const [ann, ben] = await Promise.all(['Ann', 'Ben'].map(() => open(t, browser, server.url, { viewport: phone })));
  const stream = ann.waitForRequest(/\/messages\?client=phone-[0-9a-f]{24}$/);
  await ann.reload();
  await stream;
  const write = async (page, message) => {
    await page.fill('#text', message);
    await page.press('#text', 'Enter');
  };

  for (const page of [ann, ben]) await shows(page, '#status', ['online']);
  await write(ann, 'one');
  await shows(ben, 'li', ['one']);
  await write(ben, 'two');
  await shows(ann, 'li', ['one', 'two']);

  await server.kill();
  await shows(ann, '#status', ['reconnecting…']);
  await write(ann, 'three');
  await shows(ann, 'li.waiting', ['three']);
  await server.restart();
  await server.curl('/send', '--json', '{"message":"four"}');
  await shows(ann, 'li.waiting', []);
  const order = (await server.history('phone')).map(({ body }) => body);
  assert.deepEqual(order.toSorted(), ['four', 'one', 'three', 'two']);
  for (const page of [ann, ben]) await shows(page, 'li', order);
  await shows(ann, 'li.mine', ['one', 'three']);
  await shows(ben, 'li.mine', ['two']);

  const late = await open(t, browser, server.url, { viewport: phone });
  await shows(late, 'li', order);
  assert.ok(await late.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
});

test('websocket-and-sse: what one WebSocket says all others hear, and every EventSource', async (t) => {
  const server = await example(t, 'websocket-and-sse');
  const [ann, ben] = await Promise.all([open(t, browser, 'about:blank'), open(t, browser, 'about:blank')]);
  const log = [];
  ann.on('console', (message) => log.push(message.text()));
  await Promise.all([ann, ben].map((page) => page.goto(server.url)));
  for (const page of [ann, ben]) {
    await shows(page, '#socket-state', ['open']);
    await shows(page, '#events-state', ['open']);
  }
  assert.deepEqual(log.toSorted(), ['EventSource open', 'WebSocket open']);

  await ann.fill('#text', 'plain text');
  await ann.press('#text', 'Enter');
  await shows(ben, '#socket li', ['plain text']);
  for (const page of [ann, ben]) await shows(page, '#events li', ['plain text']);
  await shows(ann, '#socket li', []);

  const feeder = start(t, binary, ['post', 'board', 'no {n}', '--every', '1s', '--count', '2', '--url', server.url]);
  feeder.stdout.resume();
  await shows(ann, '#socket li', ['no 2', 'no 1']);
  await shows(ann, '#events li', ['no 2', 'no 1', 'plain text']);
  await shows(ben, '#socket li', ['no 2', 'no 1', 'plain text']);

  await ben.context().close();
  const bothOpen = async () => [await server.metric('lines_websocket'), await server.metric('lines_sse')];
  await eventually(bothOpen, ([sockets, sources]) => sockets === 1 && sources === 1);
  await server.kill();
  await shows(ann, '#socket-state', ['closed']);
  assert.ok(log.some((line) => line.startsWith('WebSocket closed')));
});

test('websocket-and-sse: the script says something every few seconds', async (t) => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = {
    OPENLINE: binary,
    OPENLINE_LISTEN: `127.0.0.1:${port}`,
    OPENLINE_METRICS: `127.0.0.1:${await freePort()}`,
    OPENLINE_URL: url,
  };
  const child = start(t, inProject('examples/websocket-and-sse/run.sh'), [], {
    env: { ...environment, ...settings },
  });
  await readUntil(child, (line) => line === url);
  const page = await open(t, browser, url);
  const told = /^The server says: it is \d{4}-/;
  for (const list of ['#socket', '#events']) {
    const first = page.locator(`${list} li`).first();
    await first.waitFor();
    assert.match(await first.textContent(), told);
  }
});

/** Publishes with the form, as without any script. */
async function publish(page, message) {
  await page.fill('input', message);
  await Promise.all([page.waitForEvent('load'), page.click('button')]);
}

for (const engine of ['sqlite', 'redis']) {
  test(`kept-history on ${engine}: who comes late gets the history first, then what is new`, async (t) => {
    const place = engine === 'redis' ? await redis(t) : engine;
    const server = await example(t, 'kept-history', { OPENLINE_ENGINE: place });
    const page = await open(t, browser, server.url);
    const published = ['first', 'a&b = 50% 你好', '<i>third</i>'];
    for (const message of published) {
      await publish(page, message);
      assert.equal(page.url(), `${server.url}/`);
    }
    await server.kill();
    await server.restart();

    const late = await open(t, browser, server.url, { viewport: phone });
    await shows(late, '#words li', published);
    await server.curl('/publish', '-d', 'message=fourth');
    for (const visitor of [late, page]) {
      await shows(visitor, '#words li', [...published, 'fourth']);
      await shows(visitor, '#events li span', [...published, 'fourth']);
    }
  });
}

test('kept-history: the script keeps what was said when it and its Redis are killed', async (t) => {
  const [data, port, redisPort] = [await temporaryFolder(t), await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const settings = { OPENLINE: binary, OPENLINE_LISTEN: `127.0.0.1:${port}`, DATA: data, REDIS_PORT: redisPort };
  const run = async () => {
    const child = start(t, inProject('examples/kept-history/run.sh'), [], { env: { ...environment, ...settings } });
    await readUntil(child, (line) => line === url);
    return child;
  };
  const first = await run();
  const page = await open(t, browser, url);
  await publish(page, 'kept');
  await shows(page, '#words li', ['kept']);
  await end(first, 'SIGKILL');
  await run();
  await publish(await open(t, browser, url), 'also kept');
  await shows(page, '#words li', ['kept', 'also kept']);
});
