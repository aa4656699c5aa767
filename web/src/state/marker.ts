/** Tells how far one has read, now and then: at once, and then not again for a while; the last word counts. */
export class Marker {
  /** Milliseconds between two marks of one room. */
  static readonly PAUSE = 2_000;

  readonly #send: (id: string, isLeaving: boolean) => unknown;
  #wanted: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `send` writes the mark; when one is leaving, in a way that outlives the page. */
  constructor(send: (id: string, isLeaving: boolean) => unknown) {
    this.#send = send;
  }

  /** One has read up to here. */
  want(id: string): void {
    this.#wanted = id;
    if (this.#timer === undefined) this.#next();
  }

  /** The page may go any moment: what has not been told is told now. */
  leave(): void {
    if (this.#wanted === undefined) return;
    const id = this.#wanted;
    this.#wanted = undefined;
    this.#send(id, true);
  }

  #next(): void {
    this.#timer = undefined;
    if (this.#wanted === undefined) return;
    const id = this.#wanted;
    this.#wanted = undefined;
    this.#timer = setTimeout(() => this.#next(), Marker.PAUSE);
    this.#send(id, false);
  }
}
