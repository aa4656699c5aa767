/** A message and what was answered to it. */
import { ProblemError, type Message } from 'openline';
import type { Messages } from './changes.ts';
import { withMessage } from './order.ts';
import type { Entry } from './outbox.ts';
import { server } from './server.ts';
import { writing } from './writing.svelte.ts';

/** So many answers are asked for, the oldest: the most that the server gives. */
const MOST = 500;

type Change = (list: Messages) => Messages;

export class Thread {
  readonly room: string;
  readonly id: string;
  loaded = $state(false);
  failed = $state(false);
  /** The last of the answers that were asked for, if there are more between it and what was heard since. */
  cutAfter: string | undefined = $state();
  /** What stands in the place of the message once nothing is left of it. */
  readonly #gone: Message;
  /** The message and its answers: one list, since what happens to one happens to the other. */
  #all: Messages = $state.raw([]);
  /** What was heard while the answers were on their way. */
  #heard: Change[] | undefined;
  readonly root: Message = $derived.by(() => this.#all.find(({ id }) => id === this.id) ?? this.#gone);
  readonly messages: Messages = $derived.by(() => this.#all.filter(({ id }) => id !== this.id));
  readonly entries: readonly Entry[] = $derived.by(() => writing.entries.filter(({ reply_to }) => reply_to === this.id));

  constructor(room: string, root: Message & { readonly id: string }) {
    this.room = room;
    this.id = root.id;
    this.#gone = { id: root.id, room, at: root.at, deleted: root.at };
    this.#all = [root];
  }

  /** Asks for the answers, and if they were known, for everything anew. */
  async load(): Promise<void> {
    this.failed = false;
    const heard: Change[] = [];
    this.#heard = heard;
    try {
      const asked = server.messages.replies(this.room, this.id, { limit: MOST });
      const [root, answers] = await Promise.all([this.loaded ? server.messages.get(this.room, this.id) : this.root, asked]);
      // Another question was asked meanwhile, and its answer is newer.
      if (this.#heard !== heard) return;
      this.cutAfter = answers.length < MOST ? undefined : answers.at(-1)?.id;
      this.#become(heard.reduce((list, change) => change(list), [root, ...answers] as Messages));
    } catch (error) {
      if (this.#heard !== heard) return;
      // Refused, there is nothing left of it.
      if (error instanceof ProblemError && !error.mayPass) this.#become([]);
      else this.failed = true;
    }
  }

  #become(all: Messages): void {
    this.#heard = undefined;
    this.#all = all;
    this.loaded = true;
  }

  /** Answers. */
  say(body: string): void {
    writing.say(this.room, { body, reply_to: this.id, in_thread: true });
  }

  /** Somebody said something in the room. */
  hear(message: Message): void {
    if (message.reply_to === this.id) this.change((list) => withMessage(list, message));
  }

  /** What was said has changed. */
  change(change: Change): void {
    this.#heard?.push(change);
    this.#all = change(this.#all);
  }
}
