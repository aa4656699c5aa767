/** Compiles `.svelte.ts`. It runs before the loader of TypeScript, and gets from that what is left without types. */
import { compileModule } from 'svelte/compiler';

export async function load(url, context, next) {
  const loaded = await next(url, context);
  if (!url.endsWith('.svelte.ts')) return loaded;
  // Only Vite knows how to find the languages; a test speaks English.
  const english = "({ '../words/en.ts': () => import('../words/en.ts').then(({ default: words }) => words) });";
  const source = String(loaded.source).replace(/import\.meta\.glob\([^;]*\);/, english);
  const { js } = compileModule(source, { filename: url, generate: 'client' });
  return { ...loaded, source: js.code };
}
