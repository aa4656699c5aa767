/** A sentence that is shown for a while: why something could not be done. */

/** Milliseconds for which a notice stands. */
const STANDS = 6_000;

class Notices {
  /** What is shown now; empty if nothing is. */
  text = $state('');
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string): void {
    this.text = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.text = ''), STANDS);
  }
}

export const notices = new Notices();
