/** People who talk: a name, words that go to all, and a composer that sends when it is meant to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, launch, onBoth, open, shows } from './chromium.mjs';
import { giveName, isListening, join, mostRows, part, row, say, showsRows, watchRows } from './page.mjs';
import { end, readUntil, Server, start } from './server.mjs';

const browser = await launch();

onBoth('a name is asked once, and never again on this device', async (t, options) => {
  const server = await Server.start(t);
  const page = await open(t, browser, server.url, options);
  await giveName(page, 'Ann');
  assert.equal(await page.getAttribute(part('room'), 'data-room'), 'lobby');
  await page.reload();
  await isListening(page);
  assert.equal(await page.locator(part('name-card')).count(), 0);
  await page.goto(`${server.url}/rooms/garden`);
  await isListening(page);
  assert.equal(await page.getAttribute(part('room'), 'data-room'), 'garden');
  assert.deepEqual(page.faults, []);
});

test('people in two browsers and a terminal hear each other, and see who is here', async (t) => {
  const server = await Server.start(t);
  const room = `${server.url}/rooms/lobby`;
  const ann = await join(t, browser, room, 'Ann');
  await shows(ann, part('here'), ['1 here']);
  const ben = await join(t, browser, room, 'Ben');
  for (const page of [ann, ben]) await shows(page, part('here'), ['2 here']);

  const listener = start(t, 'curl', ['-sN', `${room}?live`]);
  await readUntil(listener, (line) => line.includes('"hello"'));
  for (const page of [ann, ben]) await shows(page, part('here'), ['3 here']);
  await say(ann, 'hello from Ann');
  await row(ben, 'hello from Ann', 'sent');
  await server.curl('/rooms/lobby', '-d', 'hello from a terminal');
  for (const page of [ann, ben]) {
    await showsRows(page, ['sent: hello from Ann', 'sent: hello from a terminal']);
  }
  const authors = `${part('message')} header b`;
  await shows(ben, authors, ['Ann', 'anonymous']);
  await end(listener);
  for (const page of [ann, ben]) await shows(page, part('here'), ['2 here']);
  await ben.context().close();
  await shows(ann, part('here'), ['1 here']);
  assert.deepEqual(ann.faults, []);
});

test('a terminal hears what is said on the page', async (t) => {
  const server = await Server.start(t);
  const ann = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  const listener = start(t, 'curl', ['-sN', `${server.url}/rooms/lobby?live&only=data`]);
  await shows(ann, part('here'), ['2 here']);
  await say(ann, 'two\nlines 你好');
  await readUntil(listener, (line) => line === JSON.stringify('two\nlines 你好'));
});

/** Holds what is posted until it may go, and the answer until it may come. */
async function holdPosts(page) {
  const [asked, mayGo, mayAnswer] = [deferred(), deferred(), deferred()];
  await page.route('**/rooms/lobby', async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    asked.resolve();
    await mayGo.promise;
    const response = await route.fetch();
    await mayAnswer.promise;
    return route.fulfill({ response });
  });
  return { asked, mayGo, mayAnswer };
}

/** Presses Send and gives the state of the row in the next frame; the page remembers which element that is. */
const sendAndLook = (page) =>
  page.evaluate(
    ([send, message]) =>
      new Promise((resolve) => {
        document.querySelector(send).click();
        requestAnimationFrame(() => {
          window.theRow = document.querySelector(message);
          resolve(window.theRow?.dataset.state);
        });
      }),
    [part('send'), part('message')],
  );

const isSentInTheSameRow = (page) => page.waitForFunction(() => window.theRow.isConnected && window.theRow.dataset.state === 'sent');

onBoth('a row is there within a frame, and stays the same row when the broadcast beats the reply', async (t, options) => {
  const server = await Server.start(t);
  const page = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  const { asked, mayGo, mayAnswer } = await holdPosts(page);
  await watchRows(page, 'hello');
  await page.fill(part('composer'), 'hello');
  assert.equal(await sendAndLook(page), 'sending');
  await asked.promise;
  await showsRows(page, ['sending: hello']);
  mayGo.resolve();
  await isSentInTheSameRow(page);
  const answered = page.waitForResponse((response) => response.request().method() === 'POST');
  mayAnswer.resolve();
  await (await answered).finished();
  await say(page, 'next');
  await showsRows(page, ['sent: hello', 'sent: next']);
  assert.equal(await mostRows(page), 1);
});

onBoth('the same when the reply beats the broadcast', async (t, options) => {
  const server = await Server.start(t);
  const page = await open(t, browser, 'about:blank', options);
  const mayHear = deferred();
  let isHeld = false;
  let heard = 0;
  await page.routeWebSocket(/stream/, (socket) => {
    const line = socket.connectToServer();
    line.onMessage(async (words) => {
      if (isHeld) await mayHear.promise;
      if (String(words).startsWith('{"message"')) heard += 1;
      socket.send(words);
    });
  });
  await page.goto(`${server.url}/rooms/lobby`);
  await giveName(page, 'Ann');
  const { mayGo, mayAnswer } = await holdPosts(page);
  mayAnswer.resolve();
  await watchRows(page, 'hello');
  isHeld = true;
  await page.fill(part('composer'), 'hello');
  assert.equal(await sendAndLook(page), 'sending');
  mayGo.resolve();
  await isSentInTheSameRow(page);
  assert.equal(heard, 0);
  mayHear.resolve();
  await eventually(() => heard, (count) => count === 1);
  await say(page, 'next');
  await showsRows(page, ['sent: hello', 'sent: next']);
  assert.equal(await mostRows(page), 1);
});

function deferred() {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}

test('at a desk Enter sends, Shift+Enter begins a line, and nothing blank is sent', async (t) => {
  const server = await Server.start(t);
  const page = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann');
  assert.equal(await page.getAttribute(part('composer'), 'enterkeyhint'), 'send');
  const composer = page.locator(part('composer'));
  await composer.fill('  \n ');
  await composer.press('Enter');
  await composer.fill('');
  await composer.pressSequentially('one');
  await composer.press('Shift+Enter');
  await composer.pressSequentially('two');
  await composer.press('Enter');
  await showsRows(page, ['sent: one\ntwo']);
  assert.equal(await composer.inputValue(), '');
  assert.equal((await server.history('lobby')).length, 1);
});

onBoth('Enter that confirms what an input method composed sends nothing; the next one does', async (t, options, size) => {
  const server = await Server.start(t);
  const page = await join(t, browser, `${server.url}/rooms/lobby`, 'Ann', options);
  await page.focus(part('composer'));
  const devtools = await page.context().newCDPSession(page);
  const key = (type, code) => ({ type, key: 'Enter', code: 'Enter', windowsVirtualKeyCode: code });

  await devtools.send('Input.imeSetComposition', { text: 'nihao', selectionStart: 5, selectionEnd: 5 });
  // While composing, the key belongs to the input method and comes as 229.
  await devtools.send('Input.dispatchKeyEvent', key('rawKeyDown', 229));
  await devtools.send('Input.insertText', { text: '你好' });
  await devtools.send('Input.dispatchKeyEvent', key('keyUp', 13));
  assert.equal(await page.inputValue(part('composer')), '你好');

  // Safari ends the composition first and sends the Enter that ended it afterwards, as if it were another.
  await page.evaluate((selector) => {
    const field = document.querySelector(selector);
    field.dispatchEvent(new CompositionEvent('compositionend', { data: '你好', bubbles: true }));
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 13, bubbles: true, cancelable: true }));
    field.dispatchEvent(new KeyboardEvent('keyup', { key: 'Enter', keyCode: 13, bubbles: true }));
  }, part('composer'));
  assert.equal(await page.inputValue(part('composer')), '你好');
  await showsRows(page, []);

  // On a phone Enter begins a line, and one sends by Ctrl and Enter, or the button.
  await page.press(part('composer'), size === 'phone' ? 'Control+Enter' : 'Enter');
  await showsRows(page, ['sent: 你好']);
  assert.deepEqual((await server.history('lobby')).map(({ body }) => body), ['你好']);
});

onBoth('what people write is only ever text, under a policy that lets nothing else run', async (t, options) => {
  const server = await Server.start(t);
  const answer = await fetch(server.url, { headers: { accept: 'text/html' } });
  assert.match(answer.headers.get('content-security-policy'), /default-src 'none'; script-src 'self'/);
  const nasty = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script> javascript:alert(1)`;
  await server.say('lobby', nasty);
  const page = await join(t, browser, `${server.url}/rooms/lobby`, '<b>Ann</b>', options);
  await say(page, nasty);
  await showsRows(page, [`sent: ${nasty}`, `sent: ${nasty}`]);
  assert.equal(await page.locator(`${part('message')} img, ${part('message')} script`).count(), 0);
  assert.doesNotMatch(await page.title(), /taken/);
  assert.deepEqual(page.faults, []);
});
