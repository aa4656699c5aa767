/** The server, as one object: what one asks and tells it, grouped as its URLs are, and the line that listens. */
import { BotCalls } from './calls/bots.ts';
import { LinkCalls } from './calls/links.ts';
import { MessageCalls } from './calls/messages.ts';
import { OwnCalls } from './calls/me.ts';
import { PeopleCalls } from './calls/people.ts';
import { RoomCalls } from './calls/rooms.ts';
import { SessionCalls } from './calls/session.ts';
import { Caller, type CallerOptions } from './caller.ts';
import type { LineEvent } from './event.ts';
import { Line, type LineState } from './line.ts';
import type { Problem } from './problem.ts';
import { transportsFor } from './transports.ts';

/** What to hear on one line: the rooms that one is in, others, or, without either, everything public. */
export interface Hearing {
  /** All rooms that one is in, now and later, and one's own events. Needs a name. */
  readonly mine?: boolean;
  /** These rooms, whether one is in them or not. */
  readonly rooms?: readonly string[];
  /** Whether to hear what this client says itself; it must have a name (`client`). */
  readonly echo?: boolean;
}

/** How to listen. */
export interface ListenOptions extends Hearing {
  /** Where to begin: an id, such as the `head` of a page, or `15m`, a time, `all`; with what comes next unless given. */
  readonly since?: string;
  readonly onEvent: (event: LineEvent) => void;
  readonly onState?: (state: LineState, problem?: Problem) => void;
}

/** The server at one address. What its methods throw is said at `Caller`. */
export class Api {
  readonly me: OwnCalls;
  readonly session: SessionCalls;
  readonly links: LinkCalls;
  readonly people: PeopleCalls;
  readonly bots: BotCalls;
  readonly rooms: RoomCalls;
  readonly messages: MessageCalls;
  readonly #caller: Caller;
  readonly #client: string | undefined;

  constructor(options: CallerOptions = {}) {
    const caller = new Caller(options);
    this.#caller = caller;
    this.#client = options.client;
    this.me = new OwnCalls(caller);
    this.session = new SessionCalls(caller);
    this.links = new LinkCalls(caller);
    this.people = new PeopleCalls(caller);
    this.bots = new BotCalls(caller);
    this.rooms = new RoomCalls(caller);
    this.messages = new MessageCalls(caller);
  }

  /** In which language problems are explained (BCP 47), if not in the browser's. */
  set language(tag: string | undefined) {
    this.#caller.language = tag;
  }

  /** The URL of a line that hears this. */
  lineUrl({ mine, rooms = [], echo }: Hearing): URL {
    const url = this.#caller.url(['stream'], { client: this.#client, echo: echo === false ? 'false' : undefined });
    if (mine) url.searchParams.set('mine', '');
    for (const room of rooms) url.searchParams.append('room', room);
    return url;
  }

  /** Listens, until the line is closed. Every event comes once and in order, however often the connection is lost. */
  listen({ since, onEvent, onState = () => {}, ...hearing }: ListenOptions): Line {
    const line = new Line({
      url: this.lineUrl(hearing),
      since,
      transports: transportsFor(this.#caller),
      onEvent,
      onState,
    });
    line.open();
    return line;
  }
}
