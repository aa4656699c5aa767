/**
 * Which file of the build a module goes into. Two come first: `page`, which asks for a name, and `chat`. Everything else
 * is loaded when it is first opened, and cut as the bundler sees fit.
 */
import { resolve } from 'node:path';

/** What the bundler says of its modules. */
interface Modules {
  getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null;
}

/** Of Svelte's own modules those that only what is opened later uses: the bundler finds them in everybody's reach. */
const LATER = /svelte\/src\/internal\/client\/dom\/elements\/bindings\/(select|input)\.js$/;

interface Group {
  readonly name: (id: string, modules: Modules) => string | undefined;
  readonly priority: number;
}

export function chunks(root: string): Group[] {
  const page = reachedFrom(resolve(root, 'src/main.ts'));
  const chat = reachedFrom(resolve(root, 'src/Chat.svelte'));
  return [
    { name: (id, modules) => (page(modules).has(id) && !LATER.test(id) ? 'page' : undefined), priority: 3 },
    { name: (id, modules) => (chat(modules).has(id) && !LATER.test(id) ? 'chat' : undefined), priority: 2 },
    { name: (id) => (LATER.test(id) ? 'forms' : undefined), priority: 1 },
  ];
}

function reachedFrom(id: string): (modules: Modules) => Set<string> {
  let reached: Set<string> | undefined;
  return (modules) => (reached ??= reach(id, modules));
}

/** A module and all that it imports, one by another. */
function reach(id: string, modules: Modules, found = new Set<string>()): Set<string> {
  if (found.has(id)) return found;
  found.add(id);
  for (const imported of modules.getModuleInfo(id)?.importedIds ?? []) reach(imported, modules, found);
  return found;
}
