/** The seam between the line, which knows when and from where, and the two ways of holding it open. */
import type { LineEvent } from './event.ts';
import type { Problem } from './problem.ts';

/** What a transport tells the line. */
export interface TransportListener {
  /** Bytes came, whatever they meant: the other side lives. */
  heard(): void;
  /** An event, with the place in the log that it brings the line to, if it has one. */
  event(event: LineEvent, id: string | undefined): void;
  /** The server would like the next attempt to wait this many milliseconds. */
  retry(milliseconds: number): void;
  /** It is over. With a problem, it will never work; without, it may work again. */
  ended(refused?: Problem): void;
}

/**
 * Opens a line's URL and reports to the listener until it ends or the returned function hangs up. Nothing is
 * reported after either.
 */
export type Transport = (url: URL, listener: TransportListener) => () => void;
