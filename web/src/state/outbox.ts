/**
 * What was written in one room and is not yet known to be stored. It keeps each entry in the browser until
 * then, sends in order, one at a time, always under the entry's own key, and so never loses or doubles a word.
 */
import { Backoff, newKey, ProblemError, type Draft, type Message } from 'openline';
import type { Storage } from './storage.ts';

/** Something written. */
export interface Entry {
  readonly key: string;
  readonly body: string;
  /** When it was written, as RFC 3339 in UTC. */
  readonly at: string;
  /** On its way, kept for a better connection, or refused. */
  readonly state: 'sending' | 'waiting' | 'failed';
  /** Why it was refused. */
  readonly reason?: string;
}

/** What an outbox needs of its surroundings. */
export interface OutboxOptions {
  readonly room: string;
  readonly storage: Storage;
  readonly post: (draft: Draft) => Promise<Message>;
  /** The entries are different now. */
  readonly onChange: (entries: readonly Entry[]) => void;
  /** An entry is stored, and this is how it reads. It is still among the entries. */
  readonly onStored: (message: Message) => void;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #backoff = new Backoff();
  #entries: readonly Entry[];
  #busy = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#entries = this.#restore();
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Takes something written, and sends it when its turn comes. */
  add(body: string): void {
    const entry: Entry = { key: newKey(), body, at: new Date().toISOString(), state: 'sending' };
    this.#put(entry);
    void this.flush();
  }

  /** A refused entry is tried again, under the same key. */
  retry(key: string): void {
    const entry = this.#entries.find((entry) => entry.key === key);
    if (!entry) return;
    this.#put({ key, body: entry.body, at: entry.at, state: 'sending' });
    void this.flush();
  }

  /** The entry is stored, or not wanted any more. */
  remove(key: string): void {
    this.#options.storage.remove(this.#name(key));
    this.#become(this.#entries.filter((entry) => entry.key !== key));
  }

  /** Sends what waits, from the first, until something stands in the way. Then it tries again by itself. */
  async flush(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    clearTimeout(this.#timer);
    for (let entry = this.#next(); entry; entry = this.#next()) {
      if (!(await this.#send(entry))) break;
    }
    this.#busy = false;
  }

  #next(): Entry | undefined {
    return this.#entries.find((entry) => entry.state !== 'failed');
  }

  /** Whether the entry is dealt with, and the next may go. */
  async #send(entry: Entry): Promise<boolean> {
    try {
      const message = await this.#options.post({ body: entry.body, key: entry.key });
      this.#backoff.reset();
      this.#options.onStored(message);
      this.remove(entry.key);
      return true;
    } catch (error) {
      if (error instanceof ProblemError && !error.mayPass) return this.#refused(entry, error);
      this.#postpone(error instanceof ProblemError ? error.retryAfter : undefined);
      return false;
    }
  }

  #refused(entry: Entry, error: ProblemError): boolean {
    // Gone: it was stored, and has been deleted since.
    if (error.status === 410) this.remove(entry.key);
    // Its broadcast may have come meanwhile: then it is stored, whatever this answer says.
    else if (this.#has(entry.key)) this.#put({ ...entry, state: 'failed', reason: error.problem.title ?? error.message });
    return true;
  }

  #postpone(seconds = 0): void {
    this.#become(this.#entries.map((entry) => (entry.state === 'sending' ? { ...entry, state: 'waiting' } : entry)));
    this.#timer = setTimeout(() => void this.flush(), Math.max(this.#backoff.next(), seconds * 1000));
  }

  #has(key: string): boolean {
    return this.#entries.some((entry) => entry.key === key);
  }

  #put(entry: Entry): void {
    this.#options.storage.set(this.#name(entry.key), JSON.stringify(entry));
    const rest = this.#entries.filter(({ key }) => key !== entry.key);
    this.#become([...rest, entry].sort(byTime));
  }

  #become(entries: readonly Entry[]): void {
    this.#entries = entries;
    this.#options.onChange(entries);
  }

  /** One item of storage an entry, so that two tabs never overwrite each other's. */
  #name(key: string): string {
    return `outbox ${this.#options.room} ${key}`;
  }

  #restore(): Entry[] {
    const { storage } = this.#options;
    return storage
      .names(this.#name(''))
      .map((name) => parse(storage.get(name)))
      .filter((entry) => entry !== undefined)
      .map((entry): Entry => (entry.state === 'failed' ? entry : { ...entry, state: 'waiting' }))
      .sort(byTime);
  }
}

/** Reads a kept entry. What somebody else left in its place is none. */
function parse(text = ''): Entry | undefined {
  try {
    const entry = JSON.parse(text) as Partial<Entry> | null;
    return entry?.key && entry.body && entry.at ? (entry as Entry) : undefined;
  } catch {
    return undefined;
  }
}

/** The rooms for which this browser keeps entries. */
export function roomsWithEntries(storage: Storage): string[] {
  const rooms = storage.names('outbox ').map((name) => name.split(' ')[1] ?? '');
  return [...new Set(rooms)];
}

function byTime(a: Entry, b: Entry): number {
  return a.at < b.at ? -1 : a.at > b.at ? 1 : 0;
}
