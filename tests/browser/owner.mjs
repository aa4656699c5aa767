/** The first owner of a test's server, made as an operator makes one. */
import { join } from 'node:path';
import { binary, output } from './server.mjs';

/** Becomes an owner by the link that the command line gives. Gives what to send to act as one. */
export async function owner(t, server, name = 'Olga') {
  const link = await output(t, binary, ['token', 'owner', '--data', join(server.folder, 'data')], { cwd: server.folder });
  const answer = await fetch(`${server.url}/links/redeem`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: new URL(link.trim()).hash.slice(1), name }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return { cookie: answer.headers.getSetCookie()[0].split(';')[0] };
}
