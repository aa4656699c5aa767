/** How far one has read a room, and what is new since: counts, and the line between old and new. */
import { compareIds, type Membership } from 'openline';
import { Marker } from './marker.ts';

/** Counts go no further: it means "or more". */
const MANY = 100;

/** A message, as far as counting it is concerned. */
export interface Counted {
  readonly id: string;
  readonly at: string;
  readonly isOwn: boolean;
  readonly mentionsMe: boolean;
}

export class Reading {
  unread = $state(0);
  mentions = $state(0);
  /** The last message that one has read. */
  mark: string | undefined = $state();
  /** The room's last message, and when that was. */
  last: string | undefined = $state();
  lastAt: string | undefined = $state();
  /** Where the divider stands: after this message. It stays there while one reads on. */
  divider: string | undefined = $state();
  readonly #marker: Marker;
  readonly #ask: () => Promise<Membership>;
  /** The mark that did not get through. */
  #untold: string | undefined;
  /** How often the server was asked, and whose turn the last answer was that was taken. */
  #asked = 0;
  #taken = 0;
  /** How many answers are awaited, and what was counted meanwhile: the server may not have known of it. */
  #awaited = 0;
  #meanwhile: Counted[] = [];

  /** `tell` writes a mark, `ask` reads the counts; both give what the server says then. */
  constructor(tell: (id: string, isLeaving: boolean) => Promise<Membership>, ask: () => Promise<Membership>) {
    this.#ask = ask;
    this.#marker = new Marker(async (id, isLeaving) => {
      const isTold = await this.#settle(tell(id, isLeaving));
      if (!isTold) this.#untold = id;
    });
  }

  /** What the server says of this room, at a place in the log if that is known. */
  become({ unread, mentions, read, last, last_at }: Membership, head?: string): void {
    // The line has told more than the server knew when it answered.
    if (head !== undefined && this.last !== undefined && isAfter(this.last, head)) return void this.#settle(this.#ask());
    this.last = last;
    this.lastAt = last_at;
    // An answer that is on its way may not reach so far.
    if (this.#awaited > 0) void this.#settle(this.#ask());
    // A mark that is on its way there is further.
    if (this.mark !== undefined && read !== undefined && isAfter(this.mark, read)) return;
    [this.unread, this.mentions, this.mark] = [unread, mentions, read];
  }

  /** Somebody said something. What was counted before is not counted again. */
  heard(message: Counted): void {
    const { id, at, isOwn } = message;
    if (this.last !== undefined && !isAfter(id, this.last, true)) return;
    [this.last, this.lastAt] = [id, at];
    if (isOwn) return;
    if (this.#awaited > 0) this.#meanwhile.push(message);
    this.#count(this, [message]);
  }

  /** A message has gone, or reads differently: if it was counted, the counts are not right any more. */
  changed(id: string): void {
    this.#meanwhile = this.#meanwhile.filter((message) => message.id !== id);
    const wasCounted = this.unread > 0 && (this.mark === undefined || isAfter(id, this.mark, true));
    if (wasCounted) void this.#settle(this.#ask());
  }

  /** One has seen everything up to here. */
  saw(id: string): void {
    const isLast = this.last === undefined || id === this.last || isAfter(id, this.last);
    if (id === this.mark || (this.mark !== undefined && !isAfter(id, this.mark, isLast))) return;
    this.mark = id;
    if (isLast) this.unread = this.mentions = 0;
    this.#marker.want(id);
  }

  /** The server can be reached again: a mark that did not get through goes now. */
  again(): void {
    const id = this.#untold;
    this.#untold = undefined;
    // One that has been wanted since is further.
    if (id !== undefined && id === this.mark) this.#marker.want(id);
  }

  /** Another device of one's own has read up to here. */
  sawElsewhere(id: string): void {
    if (id === this.mark || (this.mark !== undefined && !isAfter(id, this.mark, true))) return;
    this.mark = id;
    if (id === this.last) this.unread = this.mentions = 0;
    else void this.#settle(this.#ask());
  }

  /** Somebody comes to look: what is new from here on is marked. */
  arrive(): void {
    if (this.unread > 0 && this.mark !== undefined) this.divider = this.mark;
  }

  /** Nobody looks any more. */
  leave(): void {
    this.divider = undefined;
    this.#marker.leave();
  }

  /** The page may go any moment. */
  hide(): void {
    this.#marker.leave();
  }

  /** Takes what the server says. Gives whether it said something. */
  async #settle(answer: Promise<Membership>): Promise<boolean> {
    const turn = ++this.#asked;
    this.#awaited += 1;
    try {
      this.#take(await answer, turn);
      return true;
    } catch {
      return false;
    } finally {
      this.#awaited -= 1;
      if (this.#awaited === 0) this.#meanwhile = [];
    }
  }

  /** The server's counts go up to the last message that it knew: what the line has told since comes on top, and no other. */
  #take({ read, unread, mentions, last, last_at }: Membership, turn: number): void {
    // What was asked for later has come before it, or what was read meanwhile will have an answer of its own.
    if (turn < this.#taken || (read !== undefined && this.mark !== undefined && isAfter(this.mark, read))) return;
    this.#taken = turn;
    this.mark = read ?? this.mark;
    const place = this.#meanwhile.findIndex(({ id }) => id === last);
    const isSince = (id: string, at: number) => (place < 0 ? last === undefined || isAfter(id, last, true) : at > place);
    const since = this.#meanwhile.filter(({ id }, at) => isSince(id, at));
    this.#count({ unread, mentions }, since);
    if (last === undefined || since.length > 0) return;
    if (this.last === undefined || isAfter(last, this.last, true)) [this.last, this.lastAt] = [last, last_at];
  }

  #count({ unread, mentions }: { unread: number; mentions: number }, more: readonly Counted[]): void {
    this.unread = Math.min(MANY, unread + more.length);
    this.mentions = Math.min(MANY, mentions + more.filter(({ mentionsMe }) => mentionsMe).length);
  }
}

/** Whether a place in the log comes after another; `otherwise` when they say nothing about each other. */
function isAfter(id: string, other: string, otherwise = false): boolean {
  const order = compareIds(id, other);
  return order === undefined ? otherwise : order > 0;
}
