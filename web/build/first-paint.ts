/** Puts a small classic script, under a hashed name, at the head of the page: it runs before the first paint. */
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

export function firstPaint(path: string): Plugin {
  let reference: string | undefined;
  return {
    name: 'openline-first-paint',
    buildStart() {
      if (this.environment.mode !== 'build') return;
      reference = this.emitFile({ type: 'asset', name: 'first-paint.js', source: readFileSync(path) });
    },
    generateBundle: {
      // Before Vite writes the HTML, so that the hashed name is known.
      order: 'pre',
      handler() {
        if (reference) path = this.getFileName(reference);
      },
    },
    transformIndexHtml: {
      order: 'post',
      handler: () => [{ tag: 'script', attrs: { src: `/${path}` }, injectTo: 'head-prepend' }],
    },
  };
}
