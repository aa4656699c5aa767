/** A server of its own for a test: on a free port, with a folder of its own, ended by its process id. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { whenOver } from './ending.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The binary under test. */
export const binary = process.env.OPENLINE_BIN ?? join(root, 'target/debug/openline');

/** The environment without settings of this machine's, or of the tests, for the server. */
export const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('OPENLINE')),
);

/** A file or folder of the project. */
export const inProject = (path) => join(root, path);

/** A folder that is gone when the test is over. */
export async function temporaryFolder(t) {
  const folder = await mkdtemp(join(tmpdir(), 'openline-test-'));
  whenOver(t, () => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The next port to be tried: below those that systems give to whoever asks for any, and apart for each process. */
let nextPort = 12_000 + (process.pid % 300) * 64;

/** A port that nobody listens on, for programs that cannot be asked which one they were given. */
export async function freePort() {
  for (;;) {
    const port = nextPort;
    nextPort += 1;
    const probe = createServer().listen(port, '127.0.0.1');
    const isFree = await once(probe, 'listening').then(() => true, () => false);
    if (!isFree) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}

/** What runs now. It ends with the tests, however they end: a test that takes too long is ended with SIGTERM. */
const running = new Set();
process.once('SIGTERM', () => process.exit(1));
process.once('exit', () => {
  for (const child of running) signalAll(child, 'SIGKILL');
});

/** Starts a program that is ended, with the programs that it started, when the test is over. */
export function start(t, command, args, options = {}) {
  // A process group of its own, so that whatever it starts can be ended with it.
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env: environment, detached: true, ...options });
  running.add(child);
  child.ended = once(child, 'exit');
  whenOver(t, () => end(child, 'SIGKILL'));
  return child;
}

/** Ends a program and those that it started, and waits until it has. */
export async function end(child, signal = 'SIGTERM') {
  signalAll(child, signal);
  await child.ended;
  running.delete(child);
}

/** Signals a program and those that it started, as far as they still run. */
function signalAll(child, signal) {
  // One that could not be started says so by an error of its own.
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** The program's output, once it has ended well. */
export async function output(t, command, args, options = {}) {
  const child = start(t, command, args, options);
  const [chunks] = await Promise.all([child.stdout.toArray(), child.ended]);
  const text = Buffer.concat(chunks).toString();
  if (child.exitCode !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${child.exitCode}\n${text}`);
  return text;
}

/** Reads a program's output up to the line that is looked for. Gives all lines so far. */
export async function readUntil(child, isIt) {
  const heard = [];
  let rest = '';
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    heard.push(...lines);
    if (heard.some(isIt)) {
      child.stdout.resume();
      return heard;
    }
  }
  throw new Error(`it ended after ${JSON.stringify(heard)}`);
}

/** A running server, which can be killed and come back at the same address with the same data. */
export class Server {
  #t;
  #options;
  #child;
  url;
  metricsUrl;

  /** `config` is a file in the project; `env` are settings in the environment; `listen` an address and port. */
  static async start(t, { config, env = {}, listen = '127.0.0.1:0' } = {}) {
    const server = new Server();
    server.#t = t;
    server.#options = { config, env };
    server.folder = await temporaryFolder(t);
    await server.#run(listen);
    return server;
  }

  async #run(listen) {
    const { config, env } = this.#options;
    const args = ['--json', '--listen', listen, '--data', join(this.folder, 'data'), '--grace', '1s', '--log', 'warn'];
    args.push('--metrics', '127.0.0.1:0');
    if (config) args.push('--config', inProject(config));
    // In its own folder, so that no file of settings that lies about is read.
    // A test may say much in little time.
    const own = { OPENLINE_LIMITS_POSTS_PER_SECOND: '0', ...env };
    this.#child = start(this.#t, binary, args, { cwd: this.folder, env: { ...environment, ...own } });
    const [line] = await readUntil(this.#child, () => true);
    ({ url: this.url, metrics: this.metricsUrl } = JSON.parse(line));
  }

  /** Ends it as a loss of power would end it. */
  kill() {
    return end(this.#child, 'SIGKILL');
  }

  /** Ends it as an operator does who puts a new version in its place. */
  stop() {
    return end(this.#child, 'SIGTERM');
  }

  /** Keeps a copy of all that it has, while it is ended. Gives how to put that back. */
  async copy() {
    const [data, copy] = [join(this.folder, 'data'), join(this.folder, 'copy')];
    await cp(data, copy, { recursive: true });
    return async () => {
      await rm(data, { recursive: true });
      await cp(copy, data, { recursive: true });
    };
  }

  /** Comes back where it was. */
  restart() {
    return this.#run(new URL(this.url).host);
  }

  /** Says something from a program of its own, as people do in a terminal. Gives the stored message. */
  async curl(path, ...args) {
    return JSON.parse(await output(this.#t, 'curl', ['-sS', '--fail-with-body', ...args, this.url + path]));
  }

  /** Says something, quickly. Gives the stored message. */
  async say(room, draft, headers = {}) {
    const answer = await fetch(`${this.url}/rooms/${encodeURIComponent(room)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(typeof draft === 'string' ? { body: draft } : draft),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }

  /** Asks or tells something else. Gives the answer, if there is one. */
  async ask(method, path, value, headers = {}) {
    const answer = await fetch(this.url + path, {
      method,
      headers: { accept: 'application/json', ...(value === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: value === undefined ? undefined : JSON.stringify(value),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  }

  /** Somebody with a name, who is in these rooms. Gives what to send to be them. */
  async member(name, ...rooms) {
    const who = await this.person(name);
    for (const room of rooms) await this.ask('PUT', `/rooms/${encodeURIComponent(room)}/people/me`, {}, who);
    return who;
  }

  /** Takes a name. Gives what to send to speak under it. */
  async person(name) {
    const answer = await fetch(`${this.url}/me`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return { cookie: answer.headers.getSetCookie()[0].split(';')[0] };
  }

  /** What is said in a room, oldest first. */
  async history(room) {
    const headers = { accept: 'application/json' };
    const answer = await fetch(`${this.url}/rooms/${encodeURIComponent(room)}?limit=500`, { headers });
    return (await answer.json()).messages;
  }

  /** The figure of this name. */
  async metric(name) {
    const page = await (await fetch(this.metricsUrl)).text();
    const line = page.split('\n').find((line) => line.startsWith(`openline_${name} `));
    if (!line) throw new Error(`no metric openline_${name}`);
    return Number(line.split(' ')[1]);
  }
}
