/** One room as this page knows it: what was said in it, what is new, what one says; and what `KnownRoom` knows. */
import { explained, ProblemError, type LineObjects, type Message, type Page, type Room as About } from 'openline';
import { edit, react, remove } from './acts.ts';
import { answered, deleted, edited, mentions, reacted, type Messages } from './changes.ts';
import { connection } from './connection.svelte.ts';
import { History } from './history.svelte.ts';
import { KnownRoom } from './known-room.svelte.ts';
import { me } from './me.svelte.ts';
import { isBeyond } from './order.ts';
import type { Entry } from './outbox.ts';
import { Reading } from './reading.svelte.ts';
import { server } from './server.ts';
import { tab } from './storage.ts';
import { Thread } from './thread.svelte.ts';
import { RoomTyping } from './typing.svelte.ts';
import { writing } from './writing.svelte.ts';

/** Up to so many people see how far the others have read. */
const SMALL = 20;

export class Room extends KnownRoom {
  /** Why it cannot be opened, in words. */
  refused: string | undefined = $state();
  /** There is no such room, or not for oneself. */
  missing = $state(false);

  readonly history = new History((query) => server.messages.page(this.id, query));
  readonly reading = new Reading(
    (read, isLeaving) => server.rooms.mark(this.id, { read }, { keepalive: isLeaving }),
    () => server.rooms.mark(this.id, {}),
  );
  readonly writers = new RoomTyping();
  /** Under which key this browser sent the message of an id: a row stays the same row when it is stored. */
  readonly sentKeys = new Map<string, string>();

  /** What is being written, and not sent. */
  #draft = $state('');
  replyTo: Message | undefined = $state.raw();
  editing: Message | undefined = $state.raw();
  /** Messages of others that came while the reader was up in history. */
  unseen = $state(0);
  /** Whether the reader is at the end, where new messages are. */
  atEnd = $state(true);
  /** The message to be brought to the middle and shown for a moment. */
  shown: { readonly id: string } | undefined = $state.raw();
  /** Somebody looks at it, and everything is there. */
  arrived = $state(false);
  /** The first message in view. */
  topmost: string | undefined;
  #thread: Thread | undefined;

  readonly entries: readonly Entry[] = $derived(writing.entries.filter(({ room }) => room === this.id));
  /** The number to show: what asks for attention. */
  readonly badge = $derived.by(() => {
    if (this.level === 'all') return this.reading.unread;
    return this.level === 'mentions' ? this.reading.mentions : 0;
  });
  /** Something is new, and asks for nothing. */
  readonly quiet = $derived(this.badge === 0 && this.reading.unread > 0 && this.level === 'mentions');

  constructor(id: string) {
    super(id);
    this.#draft = tab.get(`draft ${id}`) ?? '';
  }

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

  get typing(): RoomTyping['writers'] {
    return this.writers.writers;
  }

  get draft(): string {
    return this.#draft;
  }

  set draft(text: string) {
    this.#draft = text;
    if (text === '') tab.remove(`draft ${this.id}`);
    else tab.set(`draft ${this.id}`, text);
  }

  own(message: Message): boolean {
    return me.person != null && message.by?.id === me.person.id;
  }

  /** What the server says of the room and of oneself in it, at a place in the log if that is known. */
  become(about: About, head?: string): void {
    this.describe(about);
    if (about.me) this.reading.become(about.me, head);
  }

  override describe(about: About): void {
    if (about.id !== this.id) {
      writing.move(this.id, about.id);
      this.#draft ||= tab.get(`draft ${about.id}`) ?? '';
    }
    super.describe(about);
  }

  /** Asks until a page is there: the newest, or the one around a message. Gives none when it was refused, or one has left. */
  async load(signal: AbortSignal, around?: string): Promise<Page | undefined> {
    try {
      const page = await connection.insist(() => this.#page(around), signal);
      [this.refused, this.missing, this.isCurrent] = [undefined, false, true];
      for (const message of page.messages) this.#recognize(message);
      if (around !== undefined) this.#show(around);
      this.onChange();
      return page;
    } catch (error) {
      if (!signal.aborted && !me.heed(error)) this.#refuse(error);
      return undefined;
    }
  }

  /** Reads the newest page if nothing stands in the way; nobody waits for it. Gives whether it came. */
  async peek(): Promise<boolean> {
    try {
      await this.history.loadNewest();
      this.isCurrent = true;
      this.onChange();
      return true;
    } catch {
      return false;
    }
  }

  #page(around: string | undefined): Promise<Page> {
    return around === undefined ? this.history.loadNewest() : this.history.loadAround(around);
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
    this.history.rest();
    if (!this.joined) this.isCurrent = false;
  }

  /** One has seen everything up to here. */
  saw(id: string): void {
    if (this.arrived && this.joined) this.reading.saw(id);
  }

  /** Reads anew what was missed, where the reader is. */
  renew(): void {
    const { signal } = new AbortController();
    const place = this.atEnd ? undefined : this.topmost;
    if (place === undefined) void this.load(signal);
    else void this.history.loadAround(place).then(() => (this.isCurrent = true));
  }

  /** Goes to the present, wherever the reader is. */
  async toPresent(): Promise<void> {
    if (this.history.hasNewer) await this.load(new AbortController().signal);
    this.atEnd = true;
    this.unseen = 0;
  }

  /** Brings a message to the middle, wherever it is. */
  async jumpTo(id: string): Promise<void> {
    if (this.isCurrent && this.history.messages.some((message) => message.id === id)) this.#show(id);
    else await this.load(new AbortController().signal, id);
  }

  #show(id: string): void {
    this.atEnd = false;
    this.shown = { id };
  }

  /** Says something. */
  say(body: string): void {
    const reply_to = this.replyTo?.id;
    this.replyTo = undefined;
    writing.say(this.id, { body, ...(reply_to === undefined ? {} : { reply_to }) });
    void this.toPresent();
  }

  /** One writes: the others hear so, now and then. */
  typed(): void {
    if (this.joined && !connection.down) this.writers.typed(() => void server.rooms.typing(this.id).catch(() => {}));
  }

  retry(key: string): void {
    writing.retry(key);
  }

  discard(key: string): void {
    writing.remove(key);
  }

  /** Takes an entry back to where it was written, before what is being written now. */
  recall(key: string): void {
    const entry = this.entries.find((entry) => entry.key === key);
    if (!entry) return;
    this.draft = [entry.body, this.draft].filter(Boolean).join('\n');
    this.discard(key);
  }

  /** Says it differently. Gives whether it was taken; if not, a notice has said why. */
  edit(message: Message, body: string): Promise<boolean> {
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
    const isOwn = this.#recognize(message) || this.own(message);
    this.writers.said(message.by);
    if (id !== undefined) {
      const mentionsMe = me.person != null && mentions(message, me.person.id);
      this.reading.heard({ id, at, isOwn, mentionsMe });
    }
    if (!isOwn && !this.atEnd && id !== undefined) this.unseen += 1;
    const isNew = id !== undefined && this.history.head !== undefined && isBeyond({ id }, this.history.head);
    if (reply_to !== undefined && isNew) this.alter((list) => answered(list, reply_to), id);
    this.history.hear(message, this.atEnd);
    this.#thread?.hear(message);
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
    if (event.message.id !== undefined) this.reading.changed(event.message.id);
  }

  /** The line told of a reaction. */
  heardReaction(event: LineObjects['reaction']): void {
    this.alter((list) => reacted(list, event, me.person?.id), event.id);
  }

  /** The line told how far somebody has read. */
  heardRead({ person, id }: LineObjects['read']): void {
    if (person === me.person?.id) this.reading.sawElsewhere(id);
    this.who.reads.set(person, id);
  }

  /** If the message is one of this browser's entries, that entry is done. */
  #recognize({ id, key }: Message): boolean {
    if (id === undefined || key === undefined || !this.entries.some((entry) => entry.key === key)) return false;
    this.sentKeys.set(id, key);
    writing.remove(key);
    return true;
  }
}
