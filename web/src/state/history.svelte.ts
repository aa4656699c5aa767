/**
 * The part of a room's history that is loaded: one window without gaps, bounded, that can be moved both ways and to
 * any message. At the present it grows with what is heard; moved away from it, it leaves that for later.
 */
import { compareIds, type Message, type Page, type PageQuery } from 'openline';
import type { Messages } from './changes.ts';
import { isBeyond, withHeard, withNewer, withOlder } from './order.ts';

/** How many messages to ask for at once. */
const PAGE = 50;
/** How many messages are loaded at most. */
const MOST = 300;

/** Something that was heard, with its place in the log; signals have none. */
interface Heard {
  readonly id: string | undefined;
  readonly change: (list: Messages) => Messages;
}

export class History {
  messages: Messages = $state.raw([]);
  /** Whether anything has been loaded, if only from what this browser keeps. */
  loaded = $state(false);
  hasOlder = $state(false);
  /** Whether the present lies beyond what is loaded. */
  hasNewer = $state(false);
  loading: 'nothing' | 'older' | 'newer' | 'elsewhere' = $state('nothing');
  failed = $state(false);
  /** The place in the log at which the window was last read; undefined while it shows what this browser kept. */
  head: string | undefined;
  /** What was heard while a page was on its way: it may be beyond that page. */
  #heard: Heard[] = [];
  /** The latest request; the answer to any other comes too late. */
  #request = 0;
  readonly #fetch: (query: PageQuery) => Promise<Page>;

  constructor(fetch: (query: PageQuery) => Promise<Page>) {
    this.#fetch = fetch;
  }

  /** Moves to the present. Throws when the page cannot be had; gives none when another move has come in between. */
  loadNewest(): Promise<Page | undefined> {
    return this.#move({});
  }

  /** The same to a message, or to where it would be. */
  loadAround(id: string): Promise<Page | undefined> {
    return this.#move({ around: id });
  }

  /** Shows what this browser kept, until something newer is there. */
  showKept(messages: Messages): void {
    if (this.loaded || this.head !== undefined) return;
    this.messages = messages;
    this.hasOlder = false;
    this.loaded = true;
  }

  /** Puts the messages before the first before it. */
  async loadOlder(): Promise<void> {
    const before = this.messages.find(({ id }) => id !== undefined)?.id;
    if (!this.hasOlder || before === undefined) return;
    await this.#load('older', { before }, (page) => {
      const messages = withOlder(this.messages, this.#withHeard(page));
      this.hasOlder = page.older !== undefined;
      this.hasNewer ||= messages.length > MOST;
      this.messages = messages.slice(0, MOST);
    });
  }

  /** Puts the messages after the last after it, up to the present. */
  async loadNewer(): Promise<void> {
    const after = this.messages.findLast(({ id }) => id !== undefined)?.id;
    if (!this.hasNewer || after === undefined) return;
    await this.#load('newer', { after }, (page) => {
      this.hasNewer = page.newer !== undefined;
      this.#show(withNewer(this.messages, this.#withHeard(page)), MOST);
    });
  }

  /** Whether the window was read after this was said, wherever it is. */
  hasRead({ id }: Message): boolean {
    if (id === undefined) return false;
    const isUpto = this.head !== undefined && (compareIds(id, this.head) ?? 1) <= 0;
    return isUpto || this.messages.some((message) => message.id === id);
  }

  /** Takes a message that was heard. At the end the oldest make room for it; elsewhere, when there is no room, it waits. */
  hear(message: Message, atEnd: boolean): void {
    if (this.loading !== 'nothing') this.#heard.push({ id: message.id, change: (list) => withHeard(list, message) });
    if (this.loaded && !atEnd && this.messages.length >= MOST) this.hasNewer = true;
    if (this.hasNewer) return;
    const messages = withHeard(this.messages, message);
    if (messages.length > MOST) this.#show(messages, MOST / 2);
    else this.messages = messages;
  }

  /** What was said has changed: as heard at a place in the log, or on this page only. */
  change(change: (list: Messages) => Messages, id?: string): void {
    if (this.loading !== 'nothing') this.#heard.push({ id, change });
    this.messages = change(this.messages);
  }

  /** Lets go of all but the newest: nobody looks. */
  rest(): void {
    if (this.loading === 'nothing' && !this.hasNewer) this.#show(this.messages, PAGE);
  }

  /** What is on its way comes too late. */
  stop(): void {
    this.#request += 1;
    this.loading = 'nothing';
  }

  /** Forgets everything. */
  clear(): void {
    this.stop();
    [this.messages, this.head] = [[], undefined];
    this.loaded = this.hasOlder = this.hasNewer = this.failed = false;
  }

  async #move(query: PageQuery): Promise<Page | undefined> {
    const request = this.#begin('elsewhere');
    try {
      const page = await this.#fetch({ ...query, limit: PAGE });
      if (request !== this.#request) return undefined;
      this.#fill(page);
      return page;
    } finally {
      this.#end(request);
    }
  }

  #fill(page: Page): void {
    // What the window showed beyond the page was at the present too, unless the window was elsewhere.
    const isCurrent = !this.hasNewer && page.newer === undefined && this.head !== undefined;
    const beyond = isCurrent ? this.messages.filter((message) => isBeyond(message, page.head)) : [];
    this.hasOlder = page.older !== undefined;
    this.hasNewer = page.newer !== undefined;
    this.messages = beyond.reduce(withHeard, this.#withHeard(page));
    this.head = page.head;
    this.loaded = true;
  }

  /** A page with what was heard since it was taken. Away from the present that is changes only: new messages wait. */
  #withHeard({ messages, head }: Page): Messages {
    const known = new Set(messages.map(({ id }) => id));
    const after = this.#heard
      .filter(({ id }) => id === undefined || isBeyond({ id }, head))
      .reduce((list, { change }) => change(list), messages);
    return this.hasNewer ? after.filter(({ id }) => known.has(id)) : after;
  }

  /** Shows the newest of these. */
  #show(messages: Messages, most: number): void {
    this.hasOlder ||= messages.length > most;
    this.messages = messages.slice(-most);
  }

  async #load(what: 'older' | 'newer', query: PageQuery, take: (page: Page) => void): Promise<void> {
    if (this.loading !== 'nothing') return;
    const request = this.#begin(what);
    try {
      const page = await this.#fetch({ ...query, limit: PAGE });
      if (request === this.#request) take(page);
    } catch {
      if (request === this.#request) this.failed = true;
    } finally {
      this.#end(request);
    }
  }

  #begin(what: 'older' | 'newer' | 'elsewhere'): number {
    this.loading = what;
    this.failed = false;
    this.#heard = [];
    this.#request += 1;
    return this.#request;
  }

  #end(request: number): void {
    if (request === this.#request) this.loading = 'nothing';
  }
}
