import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import type { LineEvent } from '../src/event.ts';
import { Line, type LineState } from '../src/line.ts';
import type { TransportListener } from '../src/transport.ts';

/** One connection that the line opened, and the means to speak down it. */
interface Connection extends TransportListener {
  readonly transport: string;
  readonly since: string | null;
  hungUp: boolean;
}

let connections: Connection[];
let events: LineEvent[];
let states: LineState[];
let line: Line;

const last = () => connections.at(-1) as Connection;
const bodies = () => events.flatMap((event) => (event.name === 'message' ? [event.message.body] : []));

function transport(name: string) {
  return (url: URL, listener: TransportListener) => {
    const connection = { ...listener, transport: name, since: url.searchParams.get('since'), hungUp: false };
    connections.push(connection);
    return () => {
      connection.hungUp = true;
    };
  };
}

function hello() {
  last().event({ name: 'hello', hello: { connection: 'c', client: 'x', head: 'e-0' } }, undefined);
}

function say(id: string, body: string) {
  last().heard();
  last().event({ name: 'message', message: { id, room: 'lobby', at: '', body } }, id);
}

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
  [connections, events, states] = [[], [], []];
  line = new Line({
    url: new URL('http://localhost/rooms/lobby'),
    since: 'e-10',
    transports: [transport('first'), transport('second')],
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
    random: () => 1,
  });
  line.open();
});

afterEach(() => {
  line.close();
  mock.timers.reset();
});

test('a cut line comes back from the last id, and what is repeated is not reported', () => {
  assert.equal(last().since, 'e-10');
  hello();
  say('e-11', 'a');
  say('e-13', 'b');
  last().ended();
  assert.equal(line.state, 'waiting');
  mock.timers.tick(500);
  assert.equal(last().since, 'e-13');
  hello();
  say('e-13', 'b');
  say('e-14', 'c');
  assert.deepEqual(bodies(), ['a', 'b', 'c']);
});

test('edits and the like are reported once, too', () => {
  hello();
  const edit = { id: 'e-12', room: 'lobby', message: { id: 'e-3', room: 'lobby', at: '', body: 'b' } };
  last().event({ name: 'edit', edit }, 'e-12');
  line.reconnect();
  assert.equal(last().since, 'e-12');
  hello();
  last().event({ name: 'edit', edit }, 'e-12');
  assert.equal(events.filter(({ name }) => name === 'edit').length, 1);
});

test('without a place to begin at, it begins at the first hello, and keeps to that', () => {
  const events: LineEvent[] = [];
  const fresh = new Line({
    url: new URL('http://localhost/stream?mine'),
    transports: [transport('first')],
    onEvent: (event) => events.push(event),
    onState: () => {},
    random: () => 1,
  });
  fresh.open();
  assert.equal(last().since, null);
  last().event({ name: 'hello', hello: { connection: 'c', client: 'x', head: 'e-7' } }, undefined);
  last().ended();
  mock.timers.tick(500);
  assert.equal(last().since, 'e-7');
  fresh.close();
});

test('it moves to another URL from where it is, also after a refusal', () => {
  hello();
  say('e-11', 'a');
  last().ended({ status: 404 });
  line.move(new URL('http://localhost/rooms/other'));
  assert.equal(line.state, 'connecting');
  assert.equal(last().since, 'e-11');
});

test('a heartbeat moves the resume point', () => {
  hello();
  last().event({ name: 'heartbeat' }, 'e-20');
  line.reconnect();
  assert.equal(last().since, 'e-20');
});

test('a reset is reported, and the line goes on from its id in the new epoch', () => {
  hello();
  last().event({ name: 'reset', reset: { id: 'f-3' } }, 'f-3');
  say('f-4', 'new');
  assert.equal(line.cursor, 'f-4');
  assert.deepEqual(bodies(), ['new']);
  assert.ok(events.some((event) => event.name === 'reset'));
});

test('the waits grow while nothing opens, and the other transport gets its turn', () => {
  const waits = [500, 1000, 2000, 4000];
  for (const wait of waits) {
    last().ended();
    mock.timers.tick(wait - 1);
    const before = connections.length;
    mock.timers.tick(1);
    assert.equal(connections.length, before + 1);
  }
  const order = connections.map(({ transport }) => transport);
  assert.deepEqual(order, ['first', 'first', 'second', 'second', 'first']);
});

test('a transport that says nothing is given up', () => {
  mock.timers.tick(15_000);
  assert.ok(connections[0]?.hungUp);
  mock.timers.tick(500);
  assert.equal(connections.length, 2);
});

test('a line that fell silent is replaced, one that is heard is not', () => {
  hello();
  for (let i = 0; i < 10; i += 1) {
    mock.timers.tick(15_000);
    last().heard();
  }
  assert.equal(connections.length, 1);
  mock.timers.tick(45_000);
  assert.equal(connections.length, 2);
  assert.ok(connections[0]?.hungUp);
});

test('a nudge leaves a lively line alone, and ends the wait of a lost one', () => {
  hello();
  last().heard();
  line.nudge();
  assert.equal(connections.length, 1);
  last().ended();
  line.nudge();
  assert.equal(connections.length, 2);
});

test('a nudge gives up a connection that hangs before hello, once it has had some seconds', () => {
  mock.timers.tick(2_000);
  line.nudge();
  assert.equal(connections.length, 1);
  mock.timers.tick(1_500);
  line.nudge();
  assert.equal(connections.length, 2);
  assert.ok(connections[0]?.hungUp);
});

test('when the machine wakes from sleep, a line that has been silent meanwhile is replaced, and a wait is over', () => {
  hello();
  last().heard();
  mock.timers.setTime(Date.now() + 30_000);
  mock.timers.tick(5_000);
  assert.equal(connections.length, 2);
  // One that waits long by now.
  for (let count = 0; count < 6; count += 1) {
    last().ended();
    if (count < 5) mock.timers.tick(15_000);
  }
  const before = connections.length;
  assert.equal(line.state, 'waiting');
  mock.timers.setTime(Date.now() + 3_600_000);
  mock.timers.tick(5_000);
  assert.equal(connections.length, before + 1);
});

test('a farewell with a wait is honoured, the usual one before hello is not', () => {
  last().retry(3000);
  hello();
  mock.timers.tick(6000);
  last().heard();
  last().ended();
  mock.timers.tick(500);
  assert.equal(connections.length, 2);
  hello();
  last().retry(4000);
  last().ended();
  mock.timers.tick(3999);
  assert.equal(connections.length, 2);
  mock.timers.tick(1);
  assert.equal(connections.length, 3);
});

test('a refusal is for ever', () => {
  last().ended({ status: 404, title: 'Not found' });
  line.reconnect();
  mock.timers.tick(60_000);
  assert.equal(line.state, 'refused');
  assert.equal(connections.length, 1);
});

test('a closed line hangs up and stays silent', () => {
  hello();
  line.close();
  mock.timers.tick(60_000);
  assert.ok(last().hungUp);
  assert.equal(connections.length, 1);
  assert.deepEqual(states, ['connecting', 'open', 'closed']);
});
