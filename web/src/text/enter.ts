/** The part of a keyboard event that tells what a key means. */
export interface Key {
  readonly key: string;
  readonly keyCode: number;
  readonly isComposing: boolean;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

/** Milliseconds after the end of a composition in which an Enter is still the one that ended it. */
const SAME_PRESS = 100;

/**
 * Knows whether a key is for us or for the input method. Most browsers say so in the event itself; Safari
 * ends the composition first and sends the Enter that ended it afterwards, as if it were another.
 */
export class EnterGuard {
  #endedAt = Number.NEGATIVE_INFINITY;
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A composition has ended. */
  compositionEnded(): void {
    this.#endedAt = this.#now();
  }

  /** A key was let go: whichever ended the composition, its press is over. */
  keyReleased(): void {
    this.#endedAt = Number.NEGATIVE_INFINITY;
  }

  /** Whether this key is for us, and not for the input method. */
  isOurs(key: Key): boolean {
    if (key.isComposing || key.keyCode === 229) return false;
    const endsComposition = this.#now() - this.#endedAt < SAME_PRESS;
    this.#endedAt = Number.NEGATIVE_INFINITY;
    return !endsComposition;
  }

  /** Whether this key sends what was written. Shift+Enter never does; where Enter begins a line only Ctrl or Cmd+Enter does. */
  sends(key: Key, beginsLine: boolean): boolean {
    if (key.key !== 'Enter' || !this.isOurs(key)) return false;
    if (key.shiftKey || key.altKey) return false;
    return !beginsLine || key.ctrlKey || key.metaKey;
  }
}
