/**
 * What this browser keeps of one person's chat: what was written and is not sent, and what was last seen of each
 * room. It lies in IndexedDB, where all tabs see the same. Where that is forbidden, full or stuck, what is kept
 * lasts as long as the page.
 */

/** The kinds of things that are kept, each under keys of its own. */
const SHELVES = ['outbox', 'rooms', 'start', 'leases'] as const;
export type Shelf = (typeof SHELVES)[number];

/** A few shelves of values. Nothing here throws. */
export interface Kept {
  get<T>(shelf: Shelf, key: string): Promise<T | undefined>;
  all<T>(shelf: Shelf): Promise<T[]>;
  put(shelf: Shelf, key: string, value: unknown): Promise<void>;
  remove(shelf: Shelf, key: string): Promise<void>;
  /** Reads and writes in one, whatever other tabs do. Gives what is there then. */
  change<T>(shelf: Shelf, key: string, to: (before: T | undefined) => T): Promise<T>;
}

/** Milliseconds after which a database that does not open is taken for none. */
const PATIENCE = 3_000;
const PREFIX = 'openline ';

/** What is kept of a person. */
export function keptOf(person: string): Kept {
  return new IndexedKept(open(PREFIX + person));
}

/** Throws away what is kept of a person. */
export function forget(person: string): Promise<void> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.deleteDatabase(PREFIX + person);
      // Blocked: a tab that still has it open closes it when asked, and then it goes.
      request.onsuccess = request.onerror = request.onblocked = () => resolve();
    } catch {
      resolve();
    }
  });
}

/** Keeps for as long as the page lives. */
export class MemoryKept implements Kept {
  readonly #shelves = new Map<Shelf, Map<string, unknown>>();

  #shelf(name: Shelf): Map<string, unknown> {
    const shelf = this.#shelves.get(name) ?? new Map<string, unknown>();
    this.#shelves.set(name, shelf);
    return shelf;
  }

  async get<T>(shelf: Shelf, key: string): Promise<T | undefined> {
    return this.#shelf(shelf).get(key) as T | undefined;
  }

  async all<T>(shelf: Shelf): Promise<T[]> {
    return [...this.#shelf(shelf).values()] as T[];
  }

  async put(shelf: Shelf, key: string, value: unknown): Promise<void> {
    this.#shelf(shelf).set(key, value);
  }

  async remove(shelf: Shelf, key: string): Promise<void> {
    this.#shelf(shelf).delete(key);
  }

  async change<T>(shelf: Shelf, key: string, to: (before: T | undefined) => T): Promise<T> {
    const after = to(this.#shelf(shelf).get(key) as T | undefined);
    this.#shelf(shelf).set(key, after);
    return after;
  }
}

/** What a transaction gave; absent when it failed. */
type Given<T> = { readonly value: T } | undefined;

class IndexedKept implements Kept {
  readonly #database: Promise<IDBDatabase | undefined>;
  /** What the browser would not take. */
  readonly #memory = new MemoryKept();

  constructor(database: Promise<IDBDatabase | undefined>) {
    this.#database = database;
  }

  async get<T>(shelf: Shelf, key: string): Promise<T | undefined> {
    const held = await this.#memory.get<T>(shelf, key);
    if (held !== undefined) return held;
    return (await this.#run<T | undefined>(shelf, 'readonly', (store) => store.get(key)))?.value;
  }

  async all<T>(shelf: Shelf): Promise<T[]> {
    const stored = await this.#run<T[]>(shelf, 'readonly', (store) => store.getAll());
    return [...(stored?.value ?? []), ...(await this.#memory.all<T>(shelf))];
  }

  async put(shelf: Shelf, key: string, value: unknown): Promise<void> {
    if (await this.#run(shelf, 'readwrite', (store) => store.put(value, key))) await this.#memory.remove(shelf, key);
    else await this.#memory.put(shelf, key, value);
  }

  async remove(shelf: Shelf, key: string): Promise<void> {
    await this.#memory.remove(shelf, key);
    await this.#run(shelf, 'readwrite', (store) => store.delete(key));
  }

  async change<T>(shelf: Shelf, key: string, to: (before: T | undefined) => T): Promise<T> {
    let after: { value: T } | undefined;
    const done = await this.#run(shelf, 'readwrite', (store) => {
      const reading: IDBRequest<T | undefined> = store.get(key);
      reading.onsuccess = () => {
        after = { value: to(reading.result) };
        store.put(after.value, key);
      };
      return reading;
    });
    return done && after ? after.value : this.#memory.change(shelf, key, to);
  }

  /** One transaction on one shelf. */
  async #run<T>(shelf: Shelf, mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest): Promise<Given<T>> {
    const database = await this.#database;
    if (!database) return undefined;
    return new Promise((resolve) => {
      try {
        const transaction = database.transaction(shelf, mode);
        const request = work(transaction.objectStore(shelf));
        transaction.oncomplete = () => resolve({ value: request.result as T });
        transaction.onabort = () => resolve(undefined);
      } catch {
        // Closed by a sign-out in another tab, or by the browser.
        resolve(undefined);
      }
    });
  }
}

function open(name: string): Promise<IDBDatabase | undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), PATIENCE);
    try {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => {
        for (const shelf of SHELVES) request.result.createObjectStore(shelf);
      };
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
      request.onerror = request.onblocked = () => resolve(undefined);
    } catch {
      resolve(undefined);
    }
  });
}
