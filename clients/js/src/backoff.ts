/**
 * How long to wait before the next attempt: doubling from half a second to fifteen, each time somewhere
 * in the upper half of that, so that a thousand clients do not come back in step.
 */
export class Backoff {
  #attempts = 0;
  readonly #random: () => number;

  static readonly FIRST = 500;
  static readonly LONGEST = 15_000;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Milliseconds to wait now. */
  next(): number {
    const ceiling = Math.min(Backoff.LONGEST, Backoff.FIRST * 2 ** this.#attempts);
    this.#attempts += 1;
    return ceiling * (0.5 + this.#random() / 2);
  }

  /** All is well: the next wait is a short one again. */
  reset(): void {
    this.#attempts = 0;
  }
}
