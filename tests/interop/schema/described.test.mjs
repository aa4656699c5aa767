/** The server does what its description says, whatever it is asked. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { owner } from '../../browser/owner.mjs';
import { inProject, Server, start } from '../../browser/server.mjs';

const schemathesis = process.env.OPENLINE_SCHEMATHESIS ?? inProject('target/interop-venv/bin/schemathesis');
const description = JSON.parse(await readFile(inProject('docs/openapi.json'), 'utf8'));

test('what may be done at a path is what the description says', async (t) => {
  const server = await Server.start(t);
  const served = await (await fetch(`${server.url}/openapi.json`)).json();
  assert.deepEqual(served, description);
  for (const [path, { parameters, ...operations }] of Object.entries(description.paths)) {
    const url = server.url + path.replace('{room}', 'lobby').replaceAll(/\{.*?\}/g, '1');
    const answer = await fetch(url, { method: 'UNKNOWN' });
    assert.equal(answer.status, 405, path);
    const allowed = answer.headers.get('allow').toLowerCase().split(/, ?/);
    const told = allowed.filter((method) => !['head', 'options'].includes(method));
    assert.deepEqual(told.sort(), Object.keys(operations).sort(), path);
  }
});

/** Asks for JSON, as somebody. */
async function ask(server, method, path, { cookie, ...body }) {
  const headers = { accept: 'application/json', 'content-type': 'application/json', cookie };
  const answer = await fetch(server.url + path, { method, headers, body: method === 'GET' ? null : JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.json();
}

/** Makes some of everything. Gives the ids of what was made, under the names of the parameters that take them. */
async function furnish(server, cookie) {
  // Most messages are in the lobby, and so should be most calls that name one.
  const known = { room: Array(6).fill('lobby'), message: [], person: [], bot: [], link: [], emoji: ['👍', '🎉', '❤️'] };
  const lines = Array.from({ length: 100 }, (_, number) => ({ cookie, body: `number ${number}` }));
  for (const line of lines) known.message.push((await ask(server, 'POST', '/rooms/lobby', line)).id);
  for (const line of lines.slice(0, 12)) {
    const guest = await server.person(`Guest ${line.body}`);
    known.person.push((await ask(server, 'GET', '/me', guest)).id);
    known.link.push((await ask(server, 'POST', '/links', { cookie, role: 'member' })).id);
  }
  for (const name of ['Clock', 'Build']) known.bot.push((await ask(server, 'POST', '/bots', { cookie, name })).person.id);
  for (const title of ['Mine', 'Yours']) {
    const people = known.person.slice(0, 6);
    known.room.push((await ask(server, 'POST', '/rooms', { cookie, kind: 'private', title, people })).id);
  }
  return known;
}

// Not `negative_data_rejection`: what is null counts as not sent. Nor `ignored_auth`: what is hidden is 404 for strangers.
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'allow_header_conformance',
  'use_after_free',
];

/** Lets schemathesis try every call but these. */
async function tries(t, server, { cookie, known, examples, but }) {
  const here = inProject('tests/interop/schema');
  const env = { ...process.env, OPENLINE_KNOWN: JSON.stringify(known), SCHEMATHESIS_HOOKS: 'hooks', PYTHONPATH: here, PYTHONDONTWRITEBYTECODE: '1' };
  const args = [
    ['run', inProject('docs/openapi.json'), '--url', server.url, '--request-timeout', '10'],
    ['--checks', checks.join(), '--phases', 'examples,coverage,fuzzing,stateful', '--max-examples', examples, '--generation-deterministic'],
    // Made-up tokens would be refused before anything else.
    ['--generation-with-security-parameters', 'false', ...(cookie ? ['--header', `Cookie: ${cookie}`] : [])],
    // A finding is shown as it was found; to make it smaller takes longer than to read it.
    ['--no-shrink', '--suppress-health-check', 'all', '--warnings', 'off', '--no-color'],
    but.flatMap((id) => ['--exclude-operation-id', id]),
  ];
  // In the server's folder, where it may leave what it likes.
  const child = start(t, schemathesis, args.flat(), { cwd: server.folder, env });
  const [said] = await Promise.all([child.stdout.toArray(), child.ended]);
  assert.ok(child.exitCode === 0, Buffer.concat(said).toString());
}

/** Somebody whom the owner has invited, with an account. */
async function member(server, cookie) {
  const { code } = await ask(server, 'POST', '/links', { cookie, role: 'member' });
  const wish = { code, name: 'Mary', login: 'mary', password: 'correct horse battery' };
  const answer = await fetch(`${server.url}/links/redeem`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(wish),
  });
  assert.equal(answer.status, 201);
  return { cookie: answer.headers.getSetCookie()[0].split(';')[0] };
}

test('schemathesis, which tries every call as everybody, finds nothing', async (t) => {
  const server = await Server.start(t, { env: { OPENLINE_LIMITS_POSTS_PER_SECOND: '0' } });
  const { cookie } = await owner(t, server);
  const known = await furnish(server, cookie);
  const [guest, mary] = [await server.person('Gus'), await member(server, cookie)];
  // A stream does not end; and what ends one's own session is for strangers.
  const but = ['listen', 'signIn', 'signOut', 'endSession', 'deleteMe', 'redeemLink'];
  await tries(t, server, { cookie, known, examples: '25', but });
  for (const who of [guest, mary]) {
    await tries(t, server, { ...who, known, examples: '5', but });
    assert.ok((await ask(server, 'GET', '/me', who)).name, 'who asked was somebody to the end');
  }
  assert.equal((await ask(server, 'GET', '/me', { cookie })).role, 'owner', 'who asked was the owner to the end');
  await tries(t, server, { known, examples: '5', but: ['listen'] });
});
