/**
 * What was written and is not yet known to be stored, in every room. It keeps each entry in the browser until
 * then, sends a room's in order, one at a time, always under the entry's own key, and so never loses or doubles a
 * word; of several tabs one sends.
 */
import { Backoff, newKey, ProblemError, type Draft, type Message } from 'openline';
import type { Kept } from './kept.ts';
import type { Unkept } from './unkept.ts';

/** Something written. */
export interface Entry {
  readonly key: string;
  /** The room, by what the page knew it when it was written. */
  readonly room: string;
  readonly body: string;
  readonly reply_to?: string;
  /** It was written in the thread of the message that it answers. */
  readonly in_thread?: true;
  /** When it was written, as RFC 3339 in UTC. */
  readonly at: string;
  /** Its place among the others: greater than all before it. */
  readonly order: number;
  /** On its way, kept for a better connection, refused, or written so long ago that it is asked for first. */
  readonly state: 'sending' | 'waiting' | 'failed' | 'old';
  /** Why it was refused, or why it waits. */
  readonly reason?: string;
}

/** What an outbox needs of its surroundings. */
export interface OutboxOptions {
  readonly kept: Kept;
  /** Where each entry lies until it is kept. */
  readonly unkept: Unkept<Entry>;
  readonly post: (room: string, draft: Draft) => Promise<Message>;
  /** Does something while no other tab does. */
  readonly alone: (what: string, work: () => Promise<void>) => Promise<void>;
  /** The entries are different now. */
  readonly onChange: (entries: readonly Entry[]) => void;
  /** An entry is stored, and this is how it reads. It is still among the entries. */
  readonly onStored: (entry: Entry, message: Message) => void;
  /** What is kept is different now: other tabs want to know. */
  readonly onKept: () => void;
}

/** Milliseconds for which the server knows a key: seven days, less an hour for a clock that is wrong. */
const KEYS_LIVE = 7 * 24 * 3_600_000 - 3_600_000;

/** How one room's entries are doing. */
interface Queue {
  readonly backoff: Backoff;
  isBusy: boolean;
  timer?: ReturnType<typeof setTimeout>;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #queues = new Map<string, Queue>();
  #entries: readonly Entry[] = [];
  #isReleased = false;
  /** Those that are on their way into the browser's store: not there yet does not mean gone. */
  readonly #keeping = new Map<string, Promise<void>>();
  /** Those that are done with, so that a look at what is kept does not bring them back. */
  readonly #done = new Set<string>();

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Begins with what is kept, and with what a page that ended too soon has left. */
  async start(): Promise<void> {
    await this.look();
    // What was written here meanwhile is on its way.
    for (const entry of this.#options.unkept.all().filter(({ key }) => !this.#keeping.has(key))) {
      if (this.#has(entry.key)) this.#options.unkept.remove(entry.key);
      else this.#put(restored(entry));
    }
    this.flushAll();
  }

  /** Looks at what is kept, since another tab has changed it. */
  async look(): Promise<void> {
    const kept = (await this.#options.kept.all<Entry>('outbox')).filter(({ key }) => !this.#done.has(key));
    const here = this.#entries.filter(({ key }) => this.#keeping.has(key) || kept.some((entry) => entry.key === key));
    const others = kept.filter(({ key }) => !here.some((entry) => entry.key === key));
    this.#become([...here, ...others.map(restored)]);
    this.flushAll();
  }

  /** Takes something written, and sends it when its turn comes. */
  add(room: string, draft: Pick<Entry, 'body' | 'reply_to' | 'in_thread'>): void {
    const order = Math.max(Date.now(), (this.#entries.at(-1)?.order ?? 0) + 1);
    const at = new Date().toISOString();
    this.#put({ key: newKey(), room, ...draft, at, order, state: this.#isReleased ? 'sending' : 'waiting' });
    void this.flush(room);
  }

  /** A refused or old entry is tried again, under the same key, as if it were written now. */
  retry(key: string): void {
    const entry = this.#entries.find((entry) => entry.key === key);
    if (!entry) return;
    const { reason: _, ...rest } = entry;
    this.#put({ ...rest, at: new Date().toISOString(), state: 'sending' });
    void this.flush(entry.room);
  }

  /** The entry is stored, or not wanted any more. */
  async remove(key: string): Promise<void> {
    this.#done.add(key);
    this.#options.unkept.remove(key);
    this.#become(this.#entries.filter((entry) => entry.key !== key));
    await this.#keeping.get(key);
    await this.#options.kept.remove('outbox', key);
    this.#options.onKept();
  }

  /** A room is known by another name now. */
  move(from: string, to: string): void {
    for (const entry of this.#entries.filter(({ room }) => room === from)) this.#put({ ...entry, room: to });
  }

  /** It is certain whose words these are: from now on they are sent. */
  release(): void {
    this.#isReleased = true;
    this.flushAll();
  }

  /** Sends what waits, in every room. */
  flushAll(): void {
    for (const room of new Set(this.#entries.map(({ room }) => room))) void this.flush(room);
  }

  /** Sends what waits in a room, from the first, until something stands in the way. Then it tries again by itself. */
  async flush(room: string): Promise<void> {
    const queue = this.#queue(room);
    if (!this.#isReleased || queue.isBusy || !this.#next(room)) return;
    queue.isBusy = true;
    clearTimeout(queue.timer);
    await this.#options.alone(`outbox ${room}`, async () => {
      for (let entry = this.#next(room); entry; entry = this.#next(room)) {
        if (!(await this.#send(entry, queue))) break;
      }
    });
    queue.isBusy = false;
    // What was written while the last answer was on its way has its turn, unless a timer will see to it.
    if (this.#next(room)?.state === 'sending') void this.flush(room);
  }

  #queue(room: string): Queue {
    const queue = this.#queues.get(room) ?? { backoff: new Backoff(), isBusy: false };
    this.#queues.set(room, queue);
    return queue;
  }

  #next(room: string): Entry | undefined {
    return this.#entries.find((entry) => entry.room === room && isPending(entry));
  }

  /** Whether the entry is dealt with, and the next may go. */
  async #send(entry: Entry, queue: Queue): Promise<boolean> {
    const { key, room, body, reply_to } = entry;
    await this.#keeping.get(key);
    if (!(await this.#options.kept.get('outbox', key))) {
      // Another tab has sent it.
      this.#become(this.#entries.filter((other) => other.key !== key));
      return true;
    }
    if (Date.now() - Date.parse(entry.at) > KEYS_LIVE) {
      this.#put({ ...entry, state: 'old' });
      return true;
    }
    try {
      const message = await this.#options.post(room, { body, key, ...(reply_to === undefined ? {} : { reply_to }) });
      queue.backoff.reset();
      this.#options.onStored(entry, message);
      // Before the turn passes to another tab, which would find it kept and send it again.
      await this.remove(key);
      return true;
    } catch (error) {
      if (error instanceof ProblemError && !error.mayPass) return this.#refused(entry, error);
      this.#postpone(room, queue, error instanceof ProblemError ? error : undefined);
      return false;
    }
  }

  #refused(entry: Entry, error: ProblemError): boolean {
    // Gone: it was stored, and has been deleted since.
    if (error.status === 410) void this.remove(entry.key);
    // Its broadcast may have come meanwhile: then it is stored, whatever this answer says.
    else if (this.#has(entry.key)) this.#put({ ...entry, state: 'failed', reason: error.problem.title ?? error.message });
    return true;
  }

  #postpone(room: string, queue: Queue, error: ProblemError | undefined): void {
    const reason = error?.status === 429 ? { reason: error.problem.title ?? error.message } : {};
    this.#become(
      this.#entries.map((entry) => {
        if (entry.room !== room || !isPending(entry)) return entry;
        const { reason: _, ...rest } = entry;
        return { ...rest, state: 'waiting', ...reason };
      }),
    );
    const seconds = error?.retryAfter ?? 0;
    queue.timer = setTimeout(() => void this.flush(room), Math.max(queue.backoff.next(), seconds * 1000));
  }

  #has(key: string): boolean {
    return this.#entries.some((entry) => entry.key === key);
  }

  #put(entry: Entry): void {
    const { key } = entry;
    this.#options.unkept.put(entry);
    const before = this.#keeping.get(key) ?? Promise.resolve();
    const keeping = before.then(() => this.#options.kept.put('outbox', key, entry)).then(() => {
      if (this.#keeping.get(key) === keeping) {
        this.#keeping.delete(key);
        this.#options.unkept.remove(key);
      }
      this.#options.onKept();
    });
    this.#keeping.set(key, keeping);
    this.#become([...this.#entries.filter((other) => other.key !== key), entry]);
  }

  #become(entries: readonly Entry[]): void {
    this.#entries = entries.toSorted((a, b) => a.order - b.order);
    this.#options.onChange(this.#entries);
  }
}

function isPending({ state }: Entry): boolean {
  return state === 'sending' || state === 'waiting';
}

function restored(entry: Entry): Entry {
  return isPending(entry) ? { ...entry, state: 'waiting' } : entry;
}
