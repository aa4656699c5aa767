/** Sentences that are shown for a while: why something could not be done. */

export interface Notice {
  readonly key: number;
  readonly text: string;
}

/** Milliseconds for which a notice stands. */
const STANDS = 6_000;

class Notices {
  all: readonly Notice[] = $state.raw([]);
  #key = 0;

  say(text: string): void {
    const notice = { key: (this.#key += 1), text };
    this.all = [...this.all.filter((other) => other.text !== text), notice];
    setTimeout(() => this.remove(notice.key), STANDS);
  }

  remove(key: number): void {
    this.all = this.all.filter((notice) => notice.key !== key);
  }
}

export const notices = new Notices();
