/** Compiles `.svelte.ts`. It runs before the loader of TypeScript, and gets from that what is left without types. */
import { compileModule } from 'svelte/compiler';

export async function load(url, context, next) {
  const loaded = await next(url, context);
  if (!url.endsWith('.svelte.ts')) return loaded;
  // Only Vite knows how to find the languages; without them the page speaks English.
  const source = String(loaded.source).replace(/import\.meta\.glob\([^;]*\);/, '({});');
  const { js } = compileModule(source, { filename: url, generate: 'client' });
  return { ...loaded, source: js.code };
}
