/** Who is writing in a room, and telling the others that one does. */
import type { Author, Typing } from 'openline';

/** Milliseconds between two times that one tells. */
const TELL = 3_000;
/** Milliseconds after which somebody of whom nothing more is heard has stopped. */
const STOPPED = 6_000;

/** Who is writing: the first few, and how many in all. */
export interface Writers {
  readonly by: readonly Author[];
  readonly count: number;
}

const NOBODY: Writers = { by: [], count: 0 };

export class RoomTyping {
  writers: Writers = $state.raw(NOBODY);
  #told = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** One writes: tells so, if that is not known yet. */
  typed(tell: () => void): void {
    if (Date.now() - this.#told < TELL) return;
    this.#told = Date.now();
    tell();
  }

  /** The line told who is writing; `me` does not need to hear of oneself. */
  heard({ by, count }: Pick<Typing, 'by' | 'count'>, me: string | undefined): void {
    const others = by.filter(({ id }) => id !== me);
    this.#become({ by: others, count: count - (by.length - others.length) });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#become(NOBODY), STOPPED);
  }

  /** Somebody has said it. */
  said(by: Author | undefined): void {
    const others = this.writers.by.filter(({ id }) => id !== by?.id);
    if (others.length < this.writers.by.length) this.#become({ by: others, count: this.writers.count - 1 });
  }

  #become(writers: Writers): void {
    this.writers = writers.count > 0 ? writers : NOBODY;
  }
}
