/** One room as this page knows it: list, then watch. It owns the messages, the line and the outbox. */
import {
  Backoff,
  explained,
  Line,
  preferredTransports,
  ProblemError,
  wakeOnReturn,
  type LineEvent,
  type LineState,
  type Message,
  type Page,
} from 'openline';
import { History } from './history.svelte.ts';
import { me } from './me.svelte.ts';
import { Outbox, type Entry } from './outbox.ts';
import { server } from './server.ts';
import { browser } from './storage.ts';

export class Room {
  readonly name: string;
  readonly history: History;
  /** What was written here and is not stored yet. */
  entries: readonly Entry[] = $state.raw([]);
  /** Under which key this page sent the message of an id: a row stays the same row when it is stored. */
  readonly sentKeys = new Map<string, string>();
  /** The name as the server writes it, once it has. */
  canonical: string | undefined = $state();
  /** What is being written, and not sent. */
  draft = $state('');
  here: number | undefined = $state();
  refused: string | undefined = $state();
  /** Messages of others that came while the reader was up in history. */
  unseen = $state(0);
  /** Whether the reader is at the end, where new messages are. */
  atEnd = $state(true);
  #lineState: LineState = $state('closed');
  #failing = $state(false);

  /** Whether the connection is lost, for now. */
  readonly down = $derived(this.#failing || this.#lineState === 'waiting' || this.#lineState === 'connecting');

  readonly #outbox: Outbox;
  #line: Line | undefined;
  #cursor: string | undefined;
  #stopWaking: () => void = () => {};
  #visit = new AbortController();

  constructor(name: string) {
    this.name = name;
    this.history = new History((query) => server.page(name, query));
    this.#outbox = new Outbox({
      room: name,
      storage: browser,
      post: (draft) => server.post(name, draft),
      onChange: (entries) => (this.entries = entries),
      onStored: (message) => this.#said(message),
    });
    this.entries = this.#outbox.entries;
  }

  /** Comes in: lists what is not known yet, then watches. */
  async enter(): Promise<void> {
    this.#visit = new AbortController();
    const { signal } = this.#visit;
    if (this.#cursor === undefined) {
      const page = await this.#newestPage(signal);
      if (!page) return;
      this.#cursor = page.head;
    }
    void this.toPresent();
    this.#watch(this.#cursor);
  }

  /** Goes out: hangs up, and remembers how far it had heard. */
  leave(): void {
    this.#visit.abort();
    this.#stopWaking();
    this.#cursor = this.#line?.cursor ?? this.#cursor;
    this.#line?.close();
    this.#line = undefined;
  }

  /** Says something here. */
  say(body: string): void {
    this.#outbox.add(body);
    void this.toPresent();
  }

  retry(key: string): void {
    this.#outbox.retry(key);
  }

  discard(key: string): void {
    this.#outbox.remove(key);
  }

  /** Takes an entry back to where it was written, before what is being written now. */
  recall(key: string): void {
    const entry = this.entries.find((entry) => entry.key === key);
    if (!entry) return;
    this.draft = [entry.body, this.draft].filter(Boolean).join('\n');
    this.discard(key);
  }

  /** Sends what waits. */
  flush(): void {
    void this.#outbox.flush();
  }

  /** Does not wait any longer for the connection. */
  tryNow(): void {
    this.#line?.reconnect();
    void this.#outbox.flush();
  }

  /** Goes to the present, wherever the reader is. */
  async toPresent(): Promise<void> {
    if (this.history.hasNewer) await this.#newestPage(this.#visit.signal);
    this.atEnd = true;
    this.unseen = 0;
  }

  /** Asks for the newest page until it comes, unless it is refused or the visit is over. */
  async #newestPage(signal: AbortSignal): Promise<Page | undefined> {
    const backoff = new Backoff();
    while (!signal.aborted) {
      try {
        const page = await this.history.loadNewest();
        this.canonical = page.room;
        this.#failing = false;
        for (const message of page.messages) this.#recognize(message);
        return signal.aborted ? undefined : page;
      } catch (error) {
        if (error instanceof ProblemError && !error.mayPass) {
          this.refused = error.message;
          return undefined;
        }
        this.#failing = true;
        await new Promise((resolve) => setTimeout(resolve, backoff.next()));
      }
    }
    return undefined;
  }

  #watch(since: string): void {
    const line = new Line({
      url: server.room(this.name),
      since,
      transports: preferredTransports(),
      onEvent: (event) => this.#hear(event),
      onState: (state, problem) => {
        this.#lineState = state;
        if (problem) this.refused = explained(problem);
        if (state === 'open') void this.#outbox.flush();
      },
    });
    this.#line = line;
    this.#stopWaking = wakeOnReturn(line);
    line.open();
  }

  #hear(event: LineEvent): void {
    if (event.name === 'message') this.#said(event.message);
    else if (event.name === 'here') this.here = event.here.count;
    else if (event.name === 'hello') this.here = event.hello.here?.[this.name] ?? this.here;
    // The line goes on by itself from the reset's id; what lies before it must be read anew.
    else if (event.name === 'reset') void this.#newestPage(this.#visit.signal);
  }

  #said(message: Message): void {
    const isOwn = this.#recognize(message) || (me.person && message.by?.id === me.person.id);
    if (!isOwn && !this.atEnd) this.unseen += 1;
    this.history.hear(message, this.atEnd);
  }

  /** If the message is one of this page's entries, that entry is done. */
  #recognize({ id, key }: Message): boolean {
    if (id === undefined || key === undefined || !this.entries.some((entry) => entry.key === key)) return false;
    this.sentKeys.set(id, key);
    this.#outbox.remove(key);
    return true;
  }
}
