/** A Redis of its own for a test. */
import { freePort, readUntil, start, temporaryFolder } from './server.mjs';

/** Starts a Redis on a free port, which keeps nothing when it ends. Gives its address. */
export async function redis(t) {
  const [port, folder] = [await freePort(), await temporaryFolder(t)];
  const child = start(t, 'redis-server', ['--bind', '127.0.0.1', '--port', port, '--dir', folder, '--save', '']);
  await readUntil(child, (line) => line.includes('Ready to accept connections'));
  return `redis://127.0.0.1:${port}/0`;
}
