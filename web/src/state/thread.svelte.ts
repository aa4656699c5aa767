/** A message and what was answered to it. */
import { ProblemError, type Message, type Replies } from 'openline';
import type { Messages } from './changes.ts';
import { withHeard, withMessage } from './order.ts';
import type { Entry } from './outbox.ts';
import { server } from './server.ts';
import { writing } from './writing.svelte.ts';

/** So many answers are asked for at once: the most that the server gives. */
const MOST = 500;

type Change = (list: Messages) => Messages;

export class Thread {
  readonly room: string;
  readonly id: string;
  loaded = $state(false);
  loading = $state(false);
  failed = $state(false);
  /** The last of what was read, if there are more answers between it and what was heard since. */
  cutAfter: string | undefined = $state();
  /** Where those are. */
  #newer: string | undefined;
  /** What stands in the place of the message once nothing is left of it. */
  readonly #gone: Message;
  /** The message and its answers: one list, since what happens to one happens to the other. */
  #all: Messages = $state.raw([]);
  /** What was heard while the answers were on their way. */
  #heard: Change[] | undefined;
  readonly root: Message = $derived.by(() => this.#all.find(({ id }) => id === this.id) ?? this.#gone);
  readonly messages: Messages = $derived.by(() => this.#all.filter(({ id }) => id !== this.id));
  /** How many answers there are, as far as is known. */
  readonly count = $derived.by(() => {
    const { length } = this.messages;
    // What is heard while they are read may be counted by the message as well.
    return this.loaded && this.cutAfter === undefined ? length : Math.max(this.root.replies ?? 0, length);
  });
  readonly entries: readonly Entry[] = $derived.by(() => writing.entries.filter(({ reply_to }) => reply_to === this.id));

  constructor(room: string, root: Message & { readonly id: string }) {
    this.room = room;
    this.id = root.id;
    this.#gone = { id: root.id, room, at: root.at, deleted: root.at };
    this.#all = [root];
  }

  /** Asks for the answers, and if they were known, for everything anew. */
  async load(): Promise<void> {
    await this.#ask(async () => {
      const asked = server.messages.replies(this.room, this.id, { limit: MOST });
      const [root, page] = await Promise.all([this.loaded ? server.messages.get(this.room, this.id) : this.root, asked]);
      return (happened) => this.#become(happened([root, ...page.messages]), page);
    });
  }

  /** Goes on with the answers where they are cut off. */
  async loadMore(): Promise<void> {
    const newer = this.#newer;
    if (newer === undefined || this.loading) return;
    await this.#ask(async () => {
      const page = await server.messages.moreReplies(newer);
      return (happened) => this.#become(happened(page.messages).reduce<Messages>(withMessage, this.#all), page);
    });
  }

  /** Asks, and takes the answer if nothing else was asked meanwhile; it is told what happened while that was on its way. */
  async #ask(question: () => Promise<(happened: Change) => void>): Promise<void> {
    const heard: Change[] = [];
    this.#heard = heard;
    [this.loading, this.failed] = [true, false];
    const take = await question().catch((error: unknown) => {
      // Refused, there is nothing left of it.
      if (error instanceof ProblemError && !error.mayPass) return () => this.#become([], { messages: [] });
      return () => void (this.failed = true);
    });
    if (this.#heard !== heard) return;
    take((list) => heard.reduce((before, change) => change(before), list));
    this.#heard = undefined;
    this.loading = false;
  }

  #become(all: Messages, { messages, newer }: Replies): void {
    this.#all = all;
    this.#newer = newer;
    this.cutAfter = newer === undefined ? undefined : (messages.at(-1)?.id ?? this.cutAfter ?? this.id);
    this.loaded = true;
  }

  /** Answers. */
  say(body: string): void {
    writing.say(this.room, { body, reply_to: this.id, in_thread: true });
  }

  /** Somebody said something in the room. */
  hear(message: Message): void {
    if (message.reply_to === this.id) this.change((list) => withHeard(list, message));
  }

  /** What was said has changed. */
  change(change: Change): void {
    this.#heard?.push(change);
    this.#all = change(this.#all);
  }
}
