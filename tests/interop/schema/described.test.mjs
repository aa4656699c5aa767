/** The server does what its description says, whatever it is asked: schemathesis tries every call of it. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { inProject, Server, start } from '../../browser/server.mjs';

const schemathesis = process.env.OPENLINE_SCHEMATHESIS ?? inProject('target/interop-venv/bin/schemathesis');
const here = (file) => inProject(`tests/interop/schema/${file}`);

const checks = ['not_a_server_error', 'status_code_conformance', 'content_type_conformance', 'response_schema_conformance'];
/** A stream does not end, and without a name the rest would stay outside. */
const left = ['listen', 'signOut', 'deleteMe'];

/** Runs it. Gives what it says, unless all is well. */
async function complaints(t, server, { cookie, known, args }) {
  const env = { ...process.env, OPENLINE_KNOWN: JSON.stringify(known), SCHEMATHESIS_HOOKS: 'hooks', PYTHONPATH: here('.'), PYTHONDONTWRITEBYTECODE: '1' };
  const child = start(t, schemathesis, [
    'run', inProject('docs/openapi.json'), '--url', server.url, '--header', `Cookie: ${cookie}`,
    '--checks', checks.join(), '--phases', 'examples,coverage,fuzzing', '--max-examples', '15',
    '--seed', '1', '--generation-deterministic', '--no-shrink',
    '--suppress-health-check', 'all', '--request-timeout', '10', '--warnings', 'off', '--no-color',
    ...args,
  ], { cwd: server.folder, env });
  const [output] = await Promise.all([child.stdout.toArray(), child.ended]);
  return child.exitCode === 0 ? undefined : Buffer.concat(output).toString();
}

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

test('every call, as the owner', async (t) => {
  const server = await Server.start(t);
  const { cookie } = await server.person('Ann');
  const messages = [];
  for (let i = 0; i < 20; i += 1) messages.push((await server.say('lobby', `number ${i}`, { cookie })).id);
  const known = { room: ['lobby'], message: messages };
  const args = process.env.ONLY ? process.env.ONLY.split(',').flatMap((id) => ['--include-operation-id', id]) : left.flatMap((id) => ['--exclude-operation-id', id]);
  const said = await complaints(t, server, { cookie, known, args });
  assert.ok(said === undefined, said);
});
