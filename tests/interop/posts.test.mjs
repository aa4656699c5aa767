/** Every way in which people send things is understood, and what they wrote is what is heard. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { launch, open } from '../browser/chromium.mjs';
import { Server } from '../browser/server.mjs';

const browser = await launch();

test('curl, in all its ways', async (t) => {
  const server = await Server.start(t);
  const file = join(server.folder, 'message.txt');
  await writeFile(file, 'from a file\r\nwith two lines\n');
  const ways = [
    [['-d', 'hello'], 'hello'],
    [['-d', 'a=b&c=50% 1+1'], 'a=b&c=50% 1+1'],
    [['-d', 'body=a+form%21&send=Send'], 'a form!'],
    [['--data-urlencode', 'body=50% & more 你好'], '50% & more 你好'],
    [['--json', '{"body":"in JSON \\u4f60\\n"}'], 'in JSON 你\n'],
    [['-F', 'body=multipart 你好'], 'multipart 你好'],
    [['-F', `body=<${file}`], 'from a file\r\nwith two lines\n'],
    [['--data-binary', `@${file}`], 'from a file\r\nwith two lines\n'],
    [['-H', 'content-type: text/plain; charset=utf-8', '--data-binary', '👋'], '👋'],
    [['-H', 'content-type: application/xml', '-d', '<a/>'], '<a/>'],
    [['-H', 'content-type:', '-d', 'no type'], 'no type'],
  ];
  for (const [args, expected] of ways) {
    const { body } = await server.curl('/rooms/lobby', ...args);
    assert.equal(body, expected, args.join(' '));
  }
  assert.deepEqual((await server.history('lobby')).map(({ body }) => body), ways.map(([, expected]) => expected));
});

test('fetch and HTML forms in a browser', async (t) => {
  const server = await Server.start(t);
  const page = await open(t, browser, `${server.url}/health`);
  const fetched = await page.evaluate(async () => {
    const form = new FormData();
    form.set('body', 'FormData 你好');
    const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"body":"JSON 👋"}' };
    const ways = [
      { method: 'POST', body: 'text\r\n你好' },
      json,
      { method: 'POST', body: form },
      { method: 'POST', body: new URLSearchParams({ body: 'a=b & c' }) },
      { method: 'POST', body: new Blob(['a blob'], { type: 'text/plain' }) },
    ];
    const said = [];
    for (const way of ways) said.push((await (await fetch('/rooms/lobby', way)).json()).body);
    return said;
  });
  assert.deepEqual(fetched, ['text\r\n你好', 'JSON 👋', 'FormData 你好', 'a=b & c', 'a blob']);

  for (const enctype of ['application/x-www-form-urlencoded', 'multipart/form-data']) {
    await page.goto(`${server.url}/health`);
    await page.evaluate((enctype) => {
      document.body.innerHTML = `<form method="post" action="/rooms/lobby" enctype="${enctype}"><textarea name="body"></textarea><button>Send</button></form>`;
    }, enctype);
    await page.fill('textarea', `a form\nby 50% & ${enctype}`);
    // The browser is shown the page that the form was on.
    await Promise.all([page.waitForEvent('load'), page.click('button')]);
    assert.equal(page.url(), `${server.url}/health`);
  }
  const bodies = (await server.history('lobby')).map(({ body }) => body);
  assert.deepEqual(bodies.slice(-2), [
    'a form\r\nby 50% & application/x-www-form-urlencoded',
    'a form\r\nby 50% & multipart/form-data',
  ]);
});

test('what cannot be understood is refused, and nothing of it is kept', async (t) => {
  const server = await Server.start(t);
  const refused = async (headers, body) => {
    const answer = await fetch(`${server.url}/rooms/lobby`, { method: 'POST', headers, body });
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    return answer.status;
  };
  assert.equal(await refused({ 'content-type': 'image/png' }, 'x'), 415);
  assert.equal(await refused({ 'content-type': 'application/json' }, '{"body":'), 400);
  assert.equal(await refused({ 'content-type': 'text/plain' }, ' \n'), 422);
  assert.equal(await refused({ 'content-type': 'text/plain' }, new Uint8Array([0xff, 0xfe])), 400);
  assert.deepEqual(await server.history('lobby'), []);
});
