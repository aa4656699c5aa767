/**
 * The one line of this page: everything of the rooms that one is in, and of the room that one looks at. What it hears
 * after a pause is told at once, and what follows it together, once a frame, so that a thousand missed messages are not a
 * thousand paintings.
 */
import { retry, wakeOnReturn, type Line, type LineEvent, type LineState, type Problem } from 'openline';
import { server } from './server.ts';

/** Milliseconds that events wait at most, where no frames are painted; and after which the next does not wait. */
const FRAME = 100;

/** Whom the line tells. */
export interface Listener {
  /** These came, in order. */
  readonly onEvents: (events: readonly LineEvent[]) => void;
  /** The line is open (again). */
  readonly onOpen: () => void;
  /** What waits for a better connection is to be tried now. */
  readonly onWake: () => void;
  /** The server will not have it. */
  readonly onRefused: (problem: Problem) => void;
}

class Connection {
  #state: LineState = $state('closed');
  /** How many questions are asked again and again. */
  #failing = $state(0);
  /** Whether the connection is lost, for now. */
  readonly down = $derived(this.#failing > 0 || this.#state === 'waiting' || this.#state === 'connecting' || this.#state === 'refused');

  #line: Line | undefined;
  #listener: Listener | undefined;
  #visited: string | undefined;
  /** From where in the log on everything is heard of the rooms that this page shows. */
  since: string | undefined;
  #heard: LineEvent[] = [];
  #toldAt = Number.NEGATIVE_INFINITY;
  #frame: { readonly painted: number; readonly timer: ReturnType<typeof setTimeout> } | undefined;
  /** Those who wait before they ask again. */
  readonly #asleep = new Set<AbortController>();

  constructor() {
    wakeOnReturn({
      reconnect: () => this.tryNow(),
      nudge: () => {
        this.#line?.nudge();
        this.#wake();
      },
    });
  }

  /** The last place in the log that the line is done with; where it will begin, if it has said nothing yet. */
  get reached(): string | undefined {
    return this.#line?.cursor ?? this.since;
  }

  get isRefused(): boolean {
    return this.#state === 'refused';
  }

  /** The room that one hears without being in it. */
  get visited(): string | undefined {
    return this.#visited;
  }

  /** Listens from a place in the log on, without a visited room, until `stop`. */
  start(since: string, listener: Listener): void {
    this.stop();
    this.#visited = undefined;
    this.since = since;
    this.#listener = listener;
    this.#line = server.listen({
      ...this.#hearing(),
      since,
      onEvent: (event) => this.#hear(event),
      onState: (state, problem) => this.#became(state, problem),
    });
  }

  /** Also hears a room that one is not in, from here on; or none. */
  visit(room: string | undefined): void {
    if (this.#visited === room) return;
    this.#visited = room;
    this.since = this.#line?.cursor ?? this.since;
    this.#line?.move(server.lineUrl(this.#hearing()));
  }

  /** Does not wait any longer. */
  tryNow(): void {
    this.#line?.reconnect();
    this.#wake();
  }

  /** Hangs up. */
  stop(): void {
    this.#line?.close();
    this.#line = undefined;
    this.#listener = undefined;
    this.#heard = [];
  }

  /** Asks until there is an answer, at once when the network or the line is back. Throws a refusal, or the signal's reason. */
  async insist<T>(ask: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    let isFailing = false;
    const onFailure = () => {
      if (!isFailing) this.#failing += 1;
      isFailing = true;
    };
    try {
      for (;;) {
        const sleeper = new AbortController();
        this.#asleep.add(sleeper);
        const either = signal ? AbortSignal.any([signal, sleeper.signal]) : sleeper.signal;
        try {
          return await retry(ask, { signal: either, onFailure });
        } catch (error) {
          if (signal?.aborted || !sleeper.signal.aborted) throw error;
        } finally {
          this.#asleep.delete(sleeper);
        }
      }
    } finally {
      if (isFailing) this.#failing -= 1;
    }
  }

  #wake(): void {
    this.#rouse();
    this.#listener?.onWake();
  }

  /** Whoever waits asks again now. */
  #rouse(): void {
    for (const sleeper of this.#asleep) sleeper.abort();
  }

  #hearing(): { readonly mine: true; readonly rooms: readonly string[] } {
    return { mine: true, rooms: this.#visited === undefined ? [] : [this.#visited] };
  }

  #became(state: LineState, problem: Problem | undefined): void {
    this.#state = state;
    if (state === 'open') {
      // The server is there. Before those who are told of it ask something themselves.
      this.#rouse();
      this.#listener?.onOpen();
    }
    if (state === 'refused') this.#listener?.onRefused(problem ?? {});
  }

  #hear(event: LineEvent): void {
    this.#heard.push(event);
    // Timers of a page that nobody sees run once a second: with them others would be told late what was read there.
    if (!this.#frame && performance.now() - this.#toldAt > FRAME) return this.#tell();
    this.#frame ??= {
      painted: requestAnimationFrame(() => this.#tell()),
      // A page that nobody sees is not painted.
      timer: setTimeout(() => this.#tell(), FRAME),
    };
  }

  #tell(): void {
    if (this.#frame) {
      cancelAnimationFrame(this.#frame.painted);
      clearTimeout(this.#frame.timer);
      this.#frame = undefined;
    }
    const events = this.#heard;
    this.#heard = [];
    this.#toldAt = performance.now();
    this.#listener?.onEvents(events);
  }
}

export const connection = new Connection();
