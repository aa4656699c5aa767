/** What others get when they install the client: it runs, its types hold, and nothing comes with it. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inProject, output, temporaryFolder } from '../../../../tests/browser/server.mjs';

const program = `import { Api, type LineEvent, type Message } from 'openline';

const api = new Api({ base: 'http://127.0.0.1:3000', token: 'secret' });
export const said = (): Promise<Message> => api.messages.post('lobby', { body: 'hello' });
export const words = (event: LineEvent): string | undefined => (event.name === 'edit' ? event.edit.message.body : undefined);
// @ts-expect-error A number is no body.
export const wrong = () => api.messages.post('lobby', { body: 1 });
`;

test('the packed client is installed, imported and typed', async (t) => {
  const folder = await temporaryFolder(t);
  const run = (command, ...args) => output(t, command, args, { cwd: folder });
  const npm = (...args) => run('npm', ...args, '--silent', '--no-audit', '--no-fund', '--offline', '--ignore-scripts');
  const packed = (await npm('pack', inProject('clients/js'))).trim();
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await npm('install', `./${packed}`);

  const names = await run(process.execPath, '-e', "import('openline').then((all) => console.log(Object.keys(all).join()))");
  for (const name of ['Api', 'Line', 'newKey', 'ProblemError', 'retry']) assert.ok(names.trim().split(',').includes(name), name);
  const installed = await npm('ls', '--parseable', '--all');
  assert.deepEqual(installed.trim().split('\n').length, 2, installed);

  await writeFile(join(folder, 'program.ts'), program);
  const options = '--noEmit --strict --module nodenext --target es2023 --lib es2023,dom,dom.iterable program.ts';
  await run(process.execPath, inProject('web/node_modules/typescript/bin/tsc'), ...options.split(' '));
});
