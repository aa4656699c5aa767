/** A message and what was answered to it. */
import { ProblemError, type Message } from 'openline';
import type { Messages } from './changes.ts';
import { withMessage } from './order.ts';
import type { Entry } from './outbox.ts';
import { server } from './server.ts';
import { writing } from './writing.svelte.ts';

export class Thread {
  readonly room: string;
  readonly id: string;
  loaded = $state(false);
  failed = $state(false);
  /** What stands in the place of the message once nothing is left of it. */
  readonly #gone: Message;
  /** The message and its answers: one list, since what happens to one happens to the other. */
  #all: Messages = $state.raw([]);
  readonly root: Message = $derived.by(() => this.#all.find(({ id }) => id === this.id) ?? this.#gone);
  readonly messages: Messages = $derived.by(() => this.#all.filter(({ id }) => id !== this.id));
  readonly entries: readonly Entry[] = $derived.by(() => writing.entries.filter(({ reply_to }) => reply_to === this.id));

  constructor(room: string, root: Message & { readonly id: string }) {
    this.room = room;
    this.id = root.id;
    this.#gone = { id: root.id, room, at: root.at, deleted: root.at };
    this.#all = [root];
  }

  /** Asks for the answers. */
  async load(): Promise<void> {
    this.failed = false;
    try {
      const messages = await server.messages.replies(this.room, this.id);
      // What was heard meanwhile is among them, or comes after them.
      this.#all = messages.reduce(withMessage, this.#all);
      this.loaded = true;
    } catch (error) {
      this.failed = !(error instanceof ProblemError) || error.mayPass;
    }
  }

  /** Answers. */
  say(body: string): void {
    writing.say(this.room, { body, reply_to: this.id });
  }

  /** Somebody said something in the room. */
  hear(message: Message): void {
    if (message.reply_to === this.id) this.#all = withMessage(this.#all, message);
  }

  /** What was said has changed. */
  change(change: (list: Messages) => Messages): void {
    this.#all = change(this.#all);
  }
}
