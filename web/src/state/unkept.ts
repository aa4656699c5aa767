/**
 * What is on its way into the browser's store, which takes its time. Until that has it, it lies where writing is done at
 * once, so that a page that is reloaded or closed in between loses no word.
 */
import type { Storage } from './storage.ts';

/** How the names of all of it begin, whoever's it is. */
export const UNKEPT = 'unkept ';

export class Unkept<T extends { readonly key: string; readonly order: number }> {
  readonly #storage: Storage;
  readonly #prefix: string;

  constructor(storage: Storage, person: string) {
    this.#storage = storage;
    this.#prefix = `${UNKEPT}${person} `;
  }

  put(thing: T): void {
    this.#storage.set(this.#prefix + thing.key, JSON.stringify(thing));
  }

  remove(key: string): void {
    this.#storage.remove(this.#prefix + key);
  }

  /** What a page has left here, in its order. */
  all(): T[] {
    const names = this.#storage.names(this.#prefix);
    const things = names.flatMap((name) => JSON.parse(this.#storage.get(name) ?? '[]') as T | []);
    return things.toSorted((a, b) => a.order - b.order);
  }
}
