/** What one writes in a room: drafts, answers, edits, and what is on its way. */
import type { Message } from 'openline';
import { connection } from './connection.svelte.ts';
import { Drafts } from './drafts.svelte.ts';
import { Editing } from './editing.svelte.ts';
import { KnownRoom } from './known-room.svelte.ts';
import { me } from './me.svelte.ts';
import type { Entry } from './outbox.ts';
import { server } from './server.ts';
import { RoomTyping } from './typing.svelte.ts';
import { writing } from './writing.svelte.ts';

export abstract class WrittenRoom extends KnownRoom {
  readonly drafts = new Drafts(() => this.id);
  readonly editing = new Editing(this.drafts);
  readonly writers = new RoomTyping();
  replyTo: Message | undefined = $state.raw();
  readonly entries: readonly Entry[] = $derived(writing.entries.filter(({ room }) => room === this.id));

  get typing(): RoomTyping['writers'] {
    return this.writers.writers;
  }

  get draft(): string {
    return this.drafts.of() ?? '';
  }

  set draft(text: string) {
    this.drafts.set(text === '' ? undefined : text);
  }

  own(message: Message): boolean {
    return me.person != null && message.by?.id === me.person.id;
  }

  /** Whether one can say a message differently: one's own, for as long as the server lets one. */
  mayEdit(message: Message): boolean {
    const { edit_window: seconds = Infinity } = this.about ?? {};
    const isStored = message.body !== undefined && message.deleted === undefined;
    return isStored && this.own(message) && this.may('say') && Date.now() - Date.parse(message.at) <= seconds * 1000;
  }

  /** Goes to where new messages are. */
  abstract toPresent(): Promise<void>;

  /** Says a message differently. Gives whether it was taken; if not, a notice has said why. */
  abstract edit(message: Message, body: string): Promise<boolean>;

  /** A message of the room. Gives none when it cannot be had. */
  abstract look(id: string): Promise<Message | undefined>;

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

  /** Sends what was written of an edit. Refused, its words come back, unless another edit has begun. */
  async saveEdit(): Promise<void> {
    const { message, inThread, text } = this.editing;
    const body = text.trim();
    if (!message || body === '') return;
    this.editing.leave();
    const isTaken = body === message.body || (await this.edit(message, body));
    const { message: other } = this.editing;
    if (!isTaken && !other) this.editing.begin(message, inThread);
    if (isTaken && other?.id !== message.id) this.editing.forget(message);
  }

  retry(key: string): void {
    writing.retry(key);
  }

  discard(key: string): void {
    writing.remove(key);
  }

  /**
   * Takes an entry back to where it was written, before what is being written there now. Gives the message in whose
   * thread that was, if it was in one.
   */
  async recall(key: string): Promise<Message | undefined> {
    const find = () => this.entries.find((entry) => entry.key === key);
    const answered = find()?.reply_to === undefined ? undefined : await this.look(find()?.reply_to ?? '');
    const entry = find();
    if (!entry) return undefined;
    const thread = entry.in_thread ? answered : undefined;
    const name = thread?.id ?? '';
    this.drafts.set([entry.body, this.drafts.of(name)].filter(Boolean).join('\n'), name);
    if (!thread && answered) this.replyTo = answered;
    this.discard(key);
    return thread;
  }
}
