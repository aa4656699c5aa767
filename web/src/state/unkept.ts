/**
 * Entries on their way into the browser's store, which takes its time. Until it has them they lie where writing is done
 * at once, so that a page that is reloaded or closed in between loses no word.
 */
import type { Entry } from './outbox.ts';
import type { Storage } from './storage.ts';

/** How the names of all of them begin, whoever's they are. */
export const UNKEPT = 'unkept ';

export class Unkept {
  readonly #storage: Storage;
  readonly #prefix: string;

  constructor(storage: Storage, person: string) {
    this.#storage = storage;
    this.#prefix = `${UNKEPT}${person} `;
  }

  put(entry: Entry): void {
    this.#storage.set(this.#prefix + entry.key, JSON.stringify(entry));
  }

  remove(key: string): void {
    this.#storage.remove(this.#prefix + key);
  }

  /** What a page has left here, oldest first. */
  all(): Entry[] {
    const names = this.#storage.names(this.#prefix);
    const entries = names.flatMap((name) => JSON.parse(this.#storage.get(name) ?? '[]') as Entry | []);
    return entries.toSorted((a, b) => a.order - b.order);
  }
}
