/**
 * What is being written in a room and is not sent: the room's own draft, one for each thread and each message that is
 * edited. Kept for this tab, under whose words they are.
 */
import { SvelteMap } from 'svelte/reactivity';
import { me } from './me.svelte.ts';
import { tab } from './storage.ts';

export class Drafts {
  readonly #room: () => string;
  readonly #texts = new SvelteMap<string, string | undefined>();

  constructor(room: () => string) {
    this.#room = room;
  }

  /** What is written under a name of its own; the room's has none. */
  of(name = ''): string | undefined {
    const text = this.#texts.get(name);
    return this.#texts.has(name) ? text : tab.get(key(this.#room(), name));
  }

  set(text: string | undefined, name = ''): void {
    this.#texts.set(name, text);
    if (text === undefined) tab.remove(key(this.#room(), name));
    else tab.set(key(this.#room(), name), text);
  }

  /** The room was known by another name until now. What is written there already stays. */
  take(from: string): void {
    const before = key(from, '');
    for (const old of tab.names(before)) {
      const name = old.slice(before.length);
      const text = tab.get(old);
      tab.remove(old);
      if (text !== undefined && this.of(name) === undefined) this.set(text, name);
    }
  }
}

/** No id and no name of a room has a space in it. */
function key(room: string, name: string): string {
  return `draft ${me.person?.id ?? me.last ?? ''} ${room} ${name}`;
}
