import { svelte, type Options } from '@sveltejs/vite-plugin-svelte';
import { defaultClientConditions, defineConfig } from 'vite';
import { chunks } from './build/chunks.ts';
import { compressed } from './build/compressed.ts';
import { headStart } from './build/head-start.ts';
import { icons } from './build/icons.ts';
import { worker } from './build/worker.ts';

const server = 'http://127.0.0.1:3000';

const components: Options = {
  configFile: false,
  compilerOptions: {
    // Every element that is styled bears it: a short one is a fiftieth of the first load.
    cssHash: ({ hash, filename }) => `s${hash(filename).slice(0, 4)}`,
    discloseVersion: false,
  },
};

export default defineConfig({
  // The client beside us is built with the page, from its sources.
  resolve: { conditions: ['openline-source', ...defaultClientConditions] },
  plugins: [icons(), svelte(components), headStart('src/head-start.js'), worker('src/worker.js'), compressed()],
  build: {
    // What `light-dark()` asks for: browsers since the spring of 2024.
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // Every asset is a file: the page's Content-Security-Policy admits nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // What of Svelte the page does not use shall not come first only because all of it has one door.
      treeshake: { moduleSideEffects: [{ test: /svelte\/src\/internal\/client/, sideEffects: false }] },
      output: { codeSplitting: { includeDependenciesRecursively: false, groups: chunks(import.meta.dirname) } },
    },
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
