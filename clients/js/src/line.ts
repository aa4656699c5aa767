/**
 * The line: a room, several, or all of one's own, held open. It owns the resume point, which transport is tried
 * next, and when. What it reports is in order and without repetition, however often the connection below it was cut.
 */
import { Backoff } from './backoff.ts';
import { isLogged, type LineEvent } from './event.ts';
import { compareIds } from './id.ts';
import type { Transport } from './transport.ts';
import type { Problem } from './problem.ts';

/** How a line is. `refused` is for ever, the others are not. */
export type LineState = 'closed' | 'connecting' | 'open' | 'waiting' | 'refused';

/** What a line is made of. */
export interface LineOptions {
  /** The URL of a room, or of `/stream`. */
  readonly url: URL;
  /** Where to begin: the `head` of a page, or `15m`, a time, `all`. Without it, with what comes next. */
  readonly since?: string | undefined;
  /** What to try, best first; each takes over when another cannot open. */
  readonly transports: readonly [Transport, ...Transport[]];
  readonly onEvent: (event: LineEvent) => void;
  readonly onState: (state: LineState, problem?: Problem) => void;
  readonly random?: () => number;
}

/** Milliseconds within which a new connection must say hello. */
const HELLO_WITHIN = 10_000;
/** Milliseconds of silence after which a line is dead: the server speaks every 15 s. */
const SILENCE = 40_000;
/** Milliseconds of silence after which a line is worth replacing once somebody looks. */
const SUSPICIOUS = 20_000;
/** The same of a connection that has not said hello yet. */
const SLOW_HELLO = 3_000;
/** Milliseconds between two looks at the line; a machine that slept misses some. */
const PULSE = 5_000;
/** Milliseconds that a connection must have held for its loss to be the first of a new series. */
const HELD = 5_000;
/** After how many failures to open the next transport is tried. */
const STUBBORNNESS = 2;

/** A line. */
export class Line {
  readonly #options: LineOptions;
  readonly #backoff: Backoff;
  #state: LineState = 'closed';
  #url: URL;
  #cursor: string | undefined;
  #hangUp: () => void = () => {};
  #failures = 0;
  #openedAt = 0;
  #heardAt = 0;
  #pulseAt = 0;
  #wait = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pulse: ReturnType<typeof setInterval> | undefined;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#url = options.url;
    this.#cursor = options.since;
    this.#backoff = new Backoff(options.random);
  }

  get state(): LineState {
    return this.#state;
  }

  /** The last id that this line is done with: a later line can go on from here. Undefined before the first hello. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** Connects, and stays connected until `close`. */
  open(): void {
    if (this.#state !== 'closed') return;
    this.#pulseAt = Date.now();
    this.#pulse = setInterval(() => this.#checkPulse(), PULSE);
    this.#connect();
  }

  /** Hangs up for good. */
  close(): void {
    clearInterval(this.#pulse);
    this.#drop();
    this.#become('closed');
  }

  /** Listens to another URL from now on: what it hears there begins where it is now. */
  move(url: URL): void {
    if (url.href === this.#url.href) return;
    this.#url = url;
    if (this.#state !== 'closed') this.#again();
  }

  /** Connects again now, whatever the state, unless closed or refused. */
  reconnect(): void {
    if (this.#state !== 'closed' && this.#state !== 'refused') this.#again();
  }

  /** Connects again now if the line is down, or has been silent for suspiciously long. */
  nudge(): void {
    const silent = Date.now() - this.#heardAt;
    const bearable = { open: SUSPICIOUS, connecting: SLOW_HELLO, waiting: -1, closed: Infinity, refused: Infinity };
    if (silent > bearable[this.#state]) this.reconnect();
  }

  #again(): void {
    this.#backoff.reset();
    this.#connect();
  }

  #connect(): void {
    this.#drop();
    this.#heardAt = Date.now();
    this.#wait = 0;
    this.#become('connecting');
    const url = new URL(this.#url);
    if (this.#cursor !== undefined) url.searchParams.set('since', this.#cursor);
    this.#hangUp = this.#transport()(url, {
      heard: () => (this.#heardAt = Date.now()),
      event: (event, id) => this.#receive(event, id),
      // What comes before hello is the usual wait; what comes later is the server's farewell.
      retry: (milliseconds) => (this.#wait = this.#state === 'open' ? milliseconds : 0),
      ended: (refused) => this.#ended(refused),
    });
  }

  #transport(): Transport {
    const { transports } = this.#options;
    const turn = Math.floor(this.#failures / STUBBORNNESS) % transports.length;
    return transports[turn] ?? transports[0];
  }

  #receive(event: LineEvent, id: string | undefined): void {
    if (event.name === 'hello') this.#opened(id ?? event.hello.head);
    else if (id !== undefined) {
      if (isLogged(event) && this.#isDone(id)) return;
      this.#cursor = id;
    }
    this.#options.onEvent(event);
  }

  /** Whether an id lies at or before the cursor. An id of another epoch never does. */
  #isDone(id: string): boolean {
    return this.#cursor !== undefined && (compareIds(id, this.#cursor) ?? 1) <= 0;
  }

  #opened(start: string): void {
    // Who did not say where to begin begins here, also when the connection is lost before anything came.
    this.#cursor ??= start;
    this.#openedAt = Date.now();
    this.#failures = 0;
    this.#become('open');
  }

  #ended(refused?: Problem): void {
    this.#drop();
    if (refused) return this.#become('refused', refused);
    if (this.#state !== 'open') this.#failures += 1;
    else if (Date.now() - this.#openedAt > HELD) this.#backoff.reset();
    const delay = Math.max(this.#backoff.next(), this.#wait);
    this.#become('waiting');
    this.#timer = setTimeout(() => this.#connect(), delay);
  }

  /** A connection can be gone without a word, and timers stand still while a machine sleeps. */
  #checkPulse(): void {
    const now = Date.now();
    const hasSlept = now - this.#pulseAt > 3 * PULSE;
    this.#pulseAt = now;
    const silent = now - this.#heardAt;
    if (hasSlept) this.nudge();
    else if (this.#state === 'open' && silent > SILENCE) this.reconnect();
    else if (this.#state === 'connecting' && silent > HELLO_WITHIN) this.#ended();
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#hangUp();
    this.#hangUp = () => {};
  }

  #become(state: LineState, problem?: Problem): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onState(state, problem);
  }
}
