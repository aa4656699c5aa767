/** Writes the worker that opens the page without a connection, with the names of all files to keep. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

export function worker(path: string): Plugin {
  return {
    name: 'openline-worker',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const files = Object.keys(bundle).filter((name) => name.startsWith('assets/')).sort();
        const list = files.map((name) => `'/${name}'`).join(', ');
        const version = createHash('sha256').update(list).digest('hex').slice(0, 12);
        const source = readFileSync(path, 'utf8').replace('/* written by the build */', list).replace('VERSION', version);
        this.emitFile({ type: 'asset', fileName: 'sw.js', source });
      },
    },
  };
}
