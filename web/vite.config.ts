import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defaultClientConditions, defineConfig } from 'vite';
import { compressed } from './build/compressed.ts';
import { firstPaint } from './build/first-paint.ts';
import { worker } from './build/worker.ts';

const server = 'http://127.0.0.1:3000';

export default defineConfig({
  // The client beside us is built with the page, from its sources.
  resolve: { conditions: ['openline-source', ...defaultClientConditions] },
  plugins: [svelte({ configFile: false }), firstPaint('src/first-paint.js'), worker('src/worker.js'), compressed()],
  build: {
    // What `light-dark()` asks for: browsers since the spring of 2024.
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // Every asset is a file: the page's Content-Security-Policy admits nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      ...Object.fromEntries(['/me', '/people', '/links', '/session', '/bots'].map((path) => [path, server])),
      '/stream': { target: server, ws: true },
      // A browser asking for a room wants the page, which Vite has; everybody else wants the server.
      '/rooms': {
        target: server,
        ws: true,
        bypass: (request) => (request.headers.accept?.includes('text/html') ? '/index.html' : undefined),
      },
    },
    fs: { allow: ['.', '../clients/js'] },
  },
});
