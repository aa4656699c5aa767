/**
 * The part of a room's history that is loaded: one window without gaps, bounded, that can be moved both ways.
 * At the present it grows with what is heard; moved away from it, it leaves that for later.
 */
import type { Message, Page, PageQuery } from 'openline';
import { isBeyond, withMessage, withNewer, withOlder } from './order.ts';

/** How many messages to ask for at once. */
const PAGE = 50;
/** How many messages are loaded at most. */
const MOST = 300;

export class History {
  messages: readonly Message[] = $state.raw([]);
  /** Whether anything has been loaded. */
  loaded = $state(false);
  hasOlder = $state(false);
  /** Whether the present lies beyond what is loaded. */
  hasNewer = $state(false);
  loading: 'nothing' | 'older' | 'newer' | 'newest' = $state('nothing');
  failed = $state(false);
  /** What was heard while a page was on its way: it may be beyond that page. */
  #heard: Message[] = [];
  /** The latest request; the answer to any other comes too late. */
  #request = 0;
  readonly #fetch: (query: PageQuery) => Promise<Page>;

  constructor(fetch: (query: PageQuery) => Promise<Page>) {
    this.#fetch = fetch;
  }

  /** Moves to the present. Throws when the page cannot be had. */
  async loadNewest(): Promise<Page> {
    const request = this.#begin('newest');
    try {
      const page = await this.#fetch({ limit: PAGE });
      if (request === this.#request) this.#fill(page);
      return page;
    } finally {
      this.#end(request);
    }
  }

  /** Puts the messages before the first before it. */
  async loadOlder(): Promise<void> {
    const before = this.messages.find(({ id }) => id !== undefined)?.id;
    if (!this.hasOlder || before === undefined) return;
    await this.#load('older', { before }, (page) => {
      const messages = withOlder(this.messages, page.messages);
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
      const messages = withNewer(this.messages, page.messages);
      this.#show(this.hasNewer ? messages : this.#withHeard(messages, page.head), MOST);
    });
  }

  /** Takes what was heard. At the end the oldest make room for it; elsewhere, when there is no room, it waits. */
  hear(message: Message, atEnd: boolean): void {
    if (this.loading !== 'nothing') this.#heard.push(message);
    if (this.loaded && !atEnd && this.messages.length >= MOST) this.hasNewer = true;
    if (this.hasNewer) return;
    const messages = withMessage(this.messages, message);
    if (messages.length > MOST) this.#show(messages, MOST / 2);
    else this.messages = messages;
  }

  #fill(page: Page): void {
    // What the window showed beyond the page was at the present too, unless the window was elsewhere.
    const beyond = this.hasNewer ? [] : this.messages.filter((message) => isBeyond(message, page.head));
    this.hasOlder = page.older !== undefined;
    this.hasNewer = false;
    this.messages = this.#withHeard([...page.messages, ...beyond], page.head);
    this.loaded = true;
  }

  #withHeard(messages: readonly Message[], head: string): readonly Message[] {
    return this.#heard.filter((message) => isBeyond(message, head)).reduce(withMessage, messages);
  }

  /** Shows the newest of these. */
  #show(messages: readonly Message[], most: number): void {
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

  #begin(what: 'older' | 'newer' | 'newest'): number {
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
