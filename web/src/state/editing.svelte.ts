/** The message of a room that one is saying differently. What one has written of it stays until it is taken or given up. */
import type { Message } from 'openline';
import type { Drafts } from './drafts.svelte.ts';

/** The draft that says which message it is. */
const WHICH = 'editing';

/** What is being edited, as it is kept. */
interface Which {
  readonly message: Message;
  readonly inThread: boolean;
}

export class Editing {
  readonly #drafts: Drafts;
  #which: Which | undefined = $state.raw();

  constructor(drafts: Drafts) {
    this.#drafts = drafts;
    this.#which = read(drafts.of(WHICH));
  }

  get message(): Message | undefined {
    return this.#which?.message;
  }

  /** Whether it is written in the thread's composer, and not in the room's. */
  get inThread(): boolean {
    return this.#which?.inThread === true;
  }

  get text(): string {
    const { message } = this;
    return message ? (this.#drafts.of(nameOf(message)) ?? message.body ?? '') : '';
  }

  set text(text: string) {
    if (this.message) this.#drafts.set(text, nameOf(this.message));
  }

  begin(message: Message, inThread = false): void {
    this.#become({ message, inThread });
  }

  /** One does something else; what was written is there when one comes back to that message. */
  leave(): void {
    this.#become(undefined);
  }

  /** One gives it up. */
  cancel(): void {
    if (this.message) this.forget(this.message);
    this.leave();
  }

  /** What was written of a message is not needed any more. */
  forget(message: Message): void {
    this.#drafts.set(undefined, nameOf(message));
  }

  #become(which: Which | undefined): void {
    this.#which = which;
    this.#drafts.set(which && JSON.stringify(which), WHICH);
  }
}

function nameOf({ id = '' }: Message): string {
  return `edit ${id}`;
}

function read(kept: string | undefined): Which | undefined {
  try {
    return kept === undefined ? undefined : (JSON.parse(kept) as Which);
  } catch {
    return undefined;
  }
}
