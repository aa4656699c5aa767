/**
 * Puts a small classic script, under a hashed name, at the head of the page: it runs before the first paint. It is told
 * which files the chat is made of and where the languages are, so that they come without having to be found first.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Plugin, Rollup } from 'vite';

type Chunk = Rollup.OutputChunk;

export function headStart(path: string): Plugin {
  return {
    name: 'openline-head-start',
    generateBundle: {
      // Before Vite writes the HTML, so that the hashed name is known.
      order: 'pre',
      handler(_, bundle) {
        const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
        const source = readFileSync(path, 'utf8')
          .replace('CHAT = []', `CHAT = ${JSON.stringify(chat(chunks))}`)
          .replace('WORDS = {}', `WORDS = ${JSON.stringify(words(chunks))}`);
        path = `assets/head-start-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.js`;
        this.emitFile({ type: 'asset', fileName: path, source });
      },
    },
    transformIndexHtml: {
      order: 'post',
      handler: () => [{ tag: 'script', attrs: { src: `/${path}` }, injectTo: 'head-prepend' }],
    },
  };
}

/** What the chat needs and the page itself does not. */
function chat(chunks: readonly Chunk[]): string[] {
  const entry = withImports(chunks.find(({ isEntry }) => isEntry), chunks);
  const files = [...withImports(chunks.find(({ moduleIds }) => moduleIds.some((id) => id.endsWith('/src/Chat.svelte'))), chunks)].filter((chunk) => !entry.has(chunk));
  return files.flatMap(({ fileName, viteMetadata }) => [fileName, ...(viteMetadata?.importedCss ?? [])]).map((name) => `/${name}`);
}

function withImports(chunk: Chunk | undefined, chunks: readonly Chunk[], found = new Set<Chunk>()): Set<Chunk> {
  if (!chunk || found.has(chunk)) return found;
  found.add(chunk);
  for (const name of chunk.imports) withImports(chunks.find(({ fileName }) => fileName === name), chunks, found);
  return found;
}

/** The files of languages, each by its tag and by the first part of it. */
function words(chunks: readonly Chunk[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { facadeModuleId, fileName } of chunks) {
    const tag = /\/src\/words\/([^/]+)\.ts$/.exec(facadeModuleId ?? '')?.[1]?.toLowerCase();
    if (tag === undefined) continue;
    found[tag] = `/${fileName}`;
    found[tag.split('-')[0] ?? tag] ??= `/${fileName}`;
  }
  return found;
}
