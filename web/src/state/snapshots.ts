/** What was last seen, kept in this browser so that it can be read at once and without a connection. */
import type { Me, Message, Room as About } from 'openline';
import type { Kept } from './kept.ts';

/** Messages kept of each room. */
const MOST = 50;
/** Milliseconds after a change in which others come with it. */
const SOON = 1_000;

/** Who one is, and which rooms one is in. */
export interface Start {
  readonly me: Me;
  readonly rooms: readonly About[];
}

/** A room's present end. */
export interface Snapshot {
  readonly about: About;
  readonly messages: readonly Message[];
}

/** A room, as far as it can be kept. */
interface Keepable {
  readonly id: string;
  readonly about: About | undefined;
  readonly history: { readonly messages: readonly Message[]; readonly head: string | undefined; readonly hasNewer: boolean };
}

export class Snapshots {
  readonly #kept: Kept;
  readonly #changed = new Set<Keepable>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(kept: Kept) {
    this.#kept = kept;
  }

  start(): Promise<Start | undefined> {
    return this.#kept.get('start', 'start');
  }

  room(id: string): Promise<Snapshot | undefined> {
    return this.#kept.get('rooms', id);
  }

  keepStart(start: Start): void {
    void this.#kept.put('start', 'start', start);
  }

  /** Keeps a room as it is a moment later. */
  keepRoom(room: Keepable): void {
    this.#changed.add(room);
    this.#timer ??= setTimeout(() => this.keepNow(), SOON);
  }

  /** One is not in it any more, or not allowed to see it. */
  dropRoom(room: Keepable): void {
    this.#changed.delete(room);
    void this.#kept.remove('rooms', room.id);
  }

  /** Keeps now what was to be kept: the page may go any moment. */
  keepNow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { id, about, history } of this.#changed) {
      // What is not at the present, or was itself only kept, would be an older picture.
      if (!about || history.head === undefined || history.hasNewer) continue;
      // Something may still be heard of a hidden room that one is not in any more.
      if (about.kind !== 'public' && !about.me) continue;
      void this.#kept.put('rooms', id, { about, messages: history.messages.slice(-MOST) } satisfies Snapshot);
    }
    this.#changed.clear();
  }
}
