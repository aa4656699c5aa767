/**
 * One room as this page knows it: what was said in it, what is new, and where one looks; with what `WrittenRoom` knows of
 * what one writes in it, and `KnownRoom` of what it is.
 */
import { explained, ProblemError, type LineObjects, type Message, type Page, type PageQuery, type Room as About } from 'openline';
import { edit, react, remove } from './acts.ts';
import { answered, deleted, edited, mentions, reacted, type Messages } from './changes.ts';
import { connection } from './connection.svelte.ts';
import { fresh } from './fresh.ts';
import { History } from './history.svelte.ts';
import { me } from './me.svelte.ts';
import { isBeyond } from './order.ts';
import { Reading } from './reading.svelte.ts';
import { server } from './server.ts';
import { Thread } from './thread.svelte.ts';
import { WrittenRoom } from './written-room.svelte.ts';
import { writing } from './writing.svelte.ts';

/** Up to so many people see how far the others have read. */
const SMALL = 20;

/** A wish to be somewhere in a room's history. */
interface Journey {
  /** The message that it goes to; none is the present. */
  readonly to: string | undefined;
  page?: Promise<Page | undefined>;
  /** The one that has won over it. */
  next?: Journey;
}

export class Room extends WrittenRoom {
  /** Why it cannot be opened, in words. */
  refused: string | undefined = $state();
  /** There is no such room, or not for oneself. */
  missing = $state(false);

  readonly history = new History((query) => this.#page(query));
  readonly reading = new Reading(
    (read, isLeaving) => server.rooms.mark(this.id, { read }, { keepalive: isLeaving }),
    () => server.rooms.mark(this.id, {}),
  );
  /** Under which key this browser sent the message of an id: a row stays the same row when it is stored. */
  readonly sentKeys = new Map<string, string>();

  /** Messages of others that came while the reader was up in history. */
  unseen = $state(0);
  /** Whether the reader is at the end, where new messages are. */
  atEnd = $state(true);
  /** The message to be brought to the middle and shown for a moment. */
  shown: { readonly id: string } | undefined = $state.raw();
  /** Somebody looks at it, and everything is there. */
  arrived = $state(false);
  /** How often one is to come in anew, while one looks. */
  openings = $state(0);
  /** What the line told to be deleted. */
  readonly deleted = new Set<string>();
  /** The first message in view. */
  topmost: string | undefined;
  #thread: Thread | undefined;
  /** The latest, as long as it is on its way. */
  #journey: Journey | undefined;

  /** The number to show: what asks for attention. A room that one only looks into asks for nothing. */
  readonly badge = $derived.by(() => {
    if (!this.joined) return 0;
    if (this.level === 'all') return this.reading.unread;
    return this.level === 'mentions' ? this.reading.mentions : 0;
  });
  /** Something is new, and asks for nothing. */
  readonly quiet = $derived(this.joined && this.badge === 0 && this.reading.unread > 0 && this.level === 'mentions');

  get unread(): number {
    return this.reading.unread;
  }

  get mentions(): number {
    return this.reading.mentions;
  }

  get last(): string | undefined {
    return this.reading.last;
  }

  get lastAt(): string | undefined {
    return this.reading.lastAt;
  }

  /** What the server says of the room and of oneself in it, at a place in the log if that is known. */
  become(about: About, head?: string): void {
    this.describe(about);
    if (about.me) this.reading.become(about.me, head);
  }

  override describe(about: About): void {
    const before = this.id;
    super.describe(about);
    if (about.id === before) return;
    writing.move(before, about.id);
    this.drafts.take(before);
  }

  /**
   * Asks until a page is there: the newest, or the one around a message, which is shown unless one only stays there. Gives
   * none when it was refused, or one has left; and of several that are asked for the last.
   */
  load(signal: AbortSignal, around?: string, leads = around !== undefined): Promise<Page | undefined> {
    const journey: Journey = { to: around };
    if (this.#journey) this.#journey.next = journey;
    this.#journey = journey;
    journey.page = this.#travel(signal, journey, leads);
    return journey.page;
  }

  async #travel(signal: AbortSignal, journey: Journey, leads: boolean): Promise<Page | undefined> {
    const { to } = journey;
    const isOver = () => journey.next !== undefined;
    try {
      const ask = () => (to === undefined ? this.history.loadNewest() : this.history.loadAround(to));
      const page = await connection.insist(async () => (isOver() ? undefined : ask()), signal);
      if (isOver()) return await journey.next?.page;
      if (!page) return undefined;
      this.#opened();
      for (const message of page.messages) this.#recognize(message);
      if (to !== undefined && leads) this.#show(to);
      this.onChange();
      return page;
    } catch (error) {
      if (!signal.aborted && !isOver() && !me.heed(error)) this.#refuse(error);
      return undefined;
    } finally {
      if (!isOver()) this.#journey = undefined;
    }
  }

  /** Reads the newest page if nothing stands in the way; nobody waits for it. Gives whether it came. */
  async peek(): Promise<boolean> {
    if (this.isCurrent || this.#journey) return true;
    try {
      if (!(await this.history.loadNewest())) return true;
      this.#opened();
      this.onChange();
      return true;
    } catch {
      return false;
    }
  }

  #opened(): void {
    [this.refused, this.missing, this.isCurrent] = [undefined, false, true];
  }

  /** One is not here any more: nothing of what was said stays. */
  close(why: string | undefined): void {
    this.#stop();
    this.#thread = undefined;
    this.history.clear();
    this.refused = why;
    this.isCurrent = false;
  }

  /** What is on its way comes too late. */
  #stop(): void {
    if (this.#journey) this.#journey.next = { to: undefined };
    this.#journey = undefined;
    this.history.stop();
  }

  #page(query: PageQuery): Promise<Page> {
    return fresh(() => server.messages.page(this.id, query), connection.reached);
  }

  #refuse(error: unknown): void {
    if (!(error instanceof ProblemError)) throw error;
    this.missing = error.status === 404;
    this.refused ??= explained(error.problem) || error.message;
  }

  /** Somebody comes to look, and everything is there. */
  arrive(): void {
    this.reading.arrive();
    this.arrived = true;
    // In small rooms one sees who has read.
    if (this.joined && (this.about?.members ?? 0) <= SMALL) this.loadMembers().catch(() => {});
  }

  /** Nobody looks any more. */
  goOut(): void {
    this.arrived = false;
    this.shown = undefined;
    [this.atEnd, this.unseen] = [true, 0];
    this.reading.leave();
    // Where a jump leads is where nobody looks, and of a room that one is not in nothing is heard.
    if (!this.joined || this.#journey?.to !== undefined) this.#stop();
    this.history.rest();
    if (!this.joined) this.isCurrent = false;
    // A public room may open when one comes back.
    if (this.kind === 'public') this.refused = undefined;
  }

  /** One has seen everything up to here. */
  saw(id: string): void {
    if (this.arrived && this.joined) this.reading.saw(id);
  }

  /** Reads anew what was missed, where the reader is. */
  renew(): void {
    void this.load(new AbortController().signal, this.atEnd ? undefined : this.topmost, false);
    if (this.#thread) void this.#thread.load();
  }

  override async toPresent(): Promise<void> {
    this.shown = undefined;
    const isElsewhere = this.history.hasNewer || this.#journey?.to !== undefined;
    if (isElsewhere) await this.load(new AbortController().signal);
    if (this.history.hasNewer) return;
    this.atEnd = true;
    this.unseen = 0;
  }

  /** Loads what is missing before the present: what follows here, or, where one's own words wait, the present itself. */
  async fillGap(): Promise<void> {
    if (this.entries.length > 0) await this.toPresent();
    else await this.history.loadNewer();
  }

  override say(body: string): void {
    // One's own words are in view at once, whatever the network does.
    this.atEnd = true;
    super.say(body);
  }

  /** Brings a message to the middle, wherever it is. */
  async jumpTo(id: string): Promise<void> {
    if (this.history.messages.some((message) => message.id === id)) this.#show(id);
    else await this.load(new AbortController().signal, id);
  }

  #show(id: string): void {
    this.atEnd = false;
    this.shown = { id };
  }

  override async look(id: string): Promise<Message | undefined> {
    return this.history.messages.find((message) => message.id === id) ?? server.messages.get(this.id, id).catch(() => undefined);
  }

  override edit(message: Message, body: string): Promise<boolean> {
    return edit(this, message, body);
  }

  /** Takes it back. */
  delete(message: Message): Promise<boolean> {
    return remove(this, message);
  }

  /** Reacts, or takes it back. */
  react(message: Message, emoji: string): Promise<boolean> {
    return react(this, message, emoji);
  }

  /** The answers to a message. The page shows one thread at a time. */
  thread(message: Message): Thread {
    const id = message.id ?? '';
    if (this.#thread?.id !== id) this.#thread = new Thread(this.id, { ...message, id });
    void this.#thread.load();
    return this.#thread;
  }

  /** Somebody said something. */
  hear(message: Message): void {
    const { id, at, reply_to } = message;
    const isTold = id !== undefined && this.sentKeys.has(id);
    const isRead = this.history.hasRead(message);
    const isOwn = this.#recognize(message) || this.own(message);
    this.writers.said(message.by);
    if (message.by) this.who.seen(this.id, [message.by.id]);
    if (id !== undefined) {
      const mentionsMe = me.person != null && mentions(message, me.person.id);
      this.reading.heard({ id, at, isOwn, mentionsMe });
    }
    // One's own is told twice, by the answer and over the line: what happened to it in between stays.
    if (isTold) return;
    this.#thread?.hear(message);
    // The page was read later: it shows this as it reads by now, or not at all.
    if (isRead) return;
    if (!isOwn && !this.atEnd && id !== undefined) this.unseen += 1;
    const isNew = id !== undefined && this.history.head !== undefined && isBeyond({ id }, this.history.head);
    if (reply_to !== undefined && isNew) this.alter((list) => answered(list, reply_to), id);
    this.history.hear(message, this.atEnd);
    this.onChange();
  }

  /** What was said has changed: as heard at a place in the log, or only here. */
  alter(change: (list: Messages) => Messages, id?: string): void {
    this.history.change(change, id);
    this.#thread?.change(change);
    this.onChange();
  }

  /** The line told of an edit. */
  heardEdit({ id, message }: LineObjects['edit']): void {
    this.alter((list) => edited(list, message), id);
  }

  /** The line told of a deletion. */
  heardDelete(event: LineObjects['delete']): void {
    this.alter((list) => deleted(list, event), event.id);
    const { id } = event.message;
    if (id === undefined) return;
    this.deleted.add(id);
    this.reading.changed(id);
  }

  /** The line told of a reaction. */
  heardReaction(event: LineObjects['reaction']): void {
    this.alter((list) => reacted(list, event, me.person?.id), event.id);
  }

  /** The line told how far somebody has read. */
  heardRead({ person, id }: LineObjects['read']): void {
    if (person === me.person?.id) this.reading.sawElsewhere(id);
    this.who.read(person, id);
  }

  /** If the message is one of this browser's entries, that entry is done. */
  #recognize({ id, key }: Message): boolean {
    if (id === undefined || key === undefined || !this.entries.some((entry) => entry.key === key)) return false;
    this.sentKeys.set(id, key);
    writing.remove(key);
    return true;
  }
}
