/**
 * The rooms that one is in, and the one that one looks at: list, then watch. It owns the way in: a person, what this
 * browser keeps of them, the list, the line.
 */
import { untrack } from 'svelte';
import type { Me, MyRooms, NewRoom, Room as About } from 'openline';
import { connection } from './connection.svelte.ts';
import { fresh } from './fresh.ts';
import { freshen } from './freshen.ts';
import { hear, refused } from './hearing.ts';
import { keptOf } from './kept.ts';
import type { WhoIsHere } from './known-room.svelte.ts';
import { me } from './me.svelte.ts';
import { place } from './place.svelte.ts';
import { presence } from './presence.svelte.ts';
import { Room } from './room.svelte.ts';
import { server } from './server.ts';
import { Snapshots } from './snapshots.ts';
import { writing } from './writing.svelte.ts';

/** Milliseconds after which a line is tried again that was refused for no reason that one could do something about. */
const REFUSED = 30_000;

class Rooms {
  /** Whether the server has said which rooms one is in. */
  loaded = $state(false);
  #listed: readonly Room[] = $state.raw([]);
  /** Every room that this page has met, by its id and by every name that it was asked for. */
  readonly #known = new Map<string, Room>();
  /** Who is in rooms that the page has yet to meet: of a new one the line tells sooner than the list. */
  readonly #early = new Map<string, WhoIsHere>();
  #snapshots: Snapshots | undefined;
  #hasBegun = false;
  #hasReadAhead = false;
  #isReady: () => void = () => {};
  /** Resolves once the list has come. */
  readonly ready = new Promise<void>((resolve) => (this.#isReady = resolve));
  #refreshing: Promise<void> | undefined;
  #again = false;

  /** Every room that one is in, those last spoken in first. */
  readonly mine: readonly Room[] = $derived(
    this.#listed.filter(({ joined }) => joined).toSorted((a, b) => (b.lastAt ?? '').localeCompare(a.lastAt ?? '')),
  );
  /** The room of the address. */
  readonly here: Room = $derived(this.find(place.room));
  /** What asks for attention, in all rooms. */
  readonly asking = $derived(this.mine.reduce((sum, { badge }) => sum + badge, 0));
  /** Whether something asks for it in another room than the one of the address. */
  readonly asksElsewhere = $derived(this.mine.some((room) => room !== this.here && room.badge > 0));

  /** The room of that id or name, always the same object. */
  find(name: string): Room {
    return this.met(name) ?? untrack(() => this.#meet(name));
  }

  /** The room of that id or name, if the page has met it. */
  met(name: string): Room | undefined {
    // One that was made or heard of under another name.
    return this.#known.get(name) ?? this.all().find((room) => room.name === name);
  }

  /** Every room that the page has met. */
  all(): Room[] {
    return [...new Set(this.#known.values())];
  }

  /** The line told who is in the room of that id. */
  heardHere(id: string, here: WhoIsHere): void {
    const room = this.met(id);
    if (room) room.heardHere(here);
    else this.#early.set(id, here);
  }

  /** What the server says of a room, at a place in the log if it told of several. */
  know(about: About, head?: string): Room {
    const room = this.#known.get(about.id) ?? (about.name === undefined ? undefined : this.#known.get(about.name)) ?? this.#meet(about.id);
    this.#known.set(about.id, room);
    room.become(about, head);
    const early = this.#early.get(about.id);
    if (early) room.heardHere(early);
    this.#early.delete(about.id);
    return room;
  }

  /** One is in this room, now if not before. */
  add(room: Room): void {
    // A list that is on its way may have been read before.
    this.#again = true;
    if (!this.#listed.includes(room)) this.#listed = [...this.#listed, room];
    this.#keep();
  }

  /** Shows what this browser keeps of whom it last knew, before the server says anything. */
  async recall(person: string): Promise<void> {
    const start = await this.#open(person).start();
    if (!start || this.loaded) return;
    me.assume(start.me);
    this.#listed = start.rooms.map((about) => this.know(about));
  }

  /** Shows what this browser keeps of a room, until the server says more. */
  async recallRoom(room: Room): Promise<void> {
    const snapshot = await this.#snapshots?.room(room.id);
    if (!snapshot) return;
    if (!room.about) room.become(snapshot.about);
    room.history.showKept(snapshot.messages);
  }

  /** Reads what one may want next. */
  async readAhead(): Promise<void> {
    const snapshots = this.#snapshots;
    if (!snapshots || this.#hasReadAhead) return;
    this.#hasReadAhead = true;
    await freshen(this.mine, ({ id }) => snapshots.room(id));
  }

  /** Begins: one is this person. */
  async begin(person: Me): Promise<void> {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#open(person.id);
    writing.release();
    presence.start();
    for (const [target, name] of [[window, 'pagehide'], [document, 'visibilitychange']] as const) {
      target.addEventListener(name, () => this.#hide());
    }
    try {
      const list = await connection.insist(() => server.me.rooms());
      this.#list(list);
      this.#listen(list.head);
    } catch (error) {
      if (!me.heed(error)) throw error;
    }
    this.#isReady();
  }

  /** Reads the list again. Asked for several times at once, it is read once more, after the last. */
  refresh(): Promise<void> {
    this.#again = true;
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  /** Makes a room. Throws `ProblemError`. */
  async create(draft: NewRoom): Promise<Room> {
    const room = this.know(await server.rooms.create(draft));
    this.add(room);
    return room;
  }

  /** The room of these people and oneself. Throws `ProblemError`. */
  talkTo(people: readonly string[]): Promise<Room> {
    return this.create({ kind: 'direct', people });
  }

  /** One is not in the room of that id any more: nothing of it stays in this browser. */
  leave(id: string): void {
    // A list that is on its way may have been read before.
    this.#again = true;
    const room = this.met(id);
    if (!room) return;
    this.#drop(room);
    this.#keep();
  }

  #drop(room: Room): void {
    room.left();
    presence.forget(room.id);
    this.#snapshots?.dropRoom(room);
  }

  #meet(name: string): Room {
    const room = new Room(name);
    room.onChange = () => this.#snapshots?.keepRoom(room);
    this.#known.set(name, room);
    return room;
  }

  #open(person: string): Snapshots {
    if (!this.#snapshots) {
      const kept = keptOf(person);
      this.#snapshots = new Snapshots(kept);
      void writing.start(person, kept, ({ room }, message) => this.find(room).hear(message));
    }
    return this.#snapshots;
  }

  #list({ rooms, head }: MyRooms): void {
    const listed = rooms.map((about) => this.know(about, head));
    for (const room of this.#listed) if (!listed.includes(room) && room.joined) this.#drop(room);
    this.#listed = listed;
    this.loaded = true;
    this.#keep();
  }

  #keep(): void {
    if (!me.person) return;
    const rooms = this.#listed.flatMap(({ about, joined }) => (about && joined ? [about] : []));
    this.#snapshots?.keepStart({ me: me.person, rooms });
  }

  #listen(since: string): void {
    connection.start(since, {
      onEvents: (events) => {
        for (const event of events) hear(this, event);
      },
      onOpen: () => {
        writing.flush();
        for (const room of this.all()) room.reading.again();
      },
      onWake: () => writing.flush(),
      onRefused: (problem) => {
        const { reached, visited } = connection;
        refused(this, problem, visited);
        if (!me.person || reached === undefined) return;
        // It was about the room that one only looks into, and then all others are heard without it.
        const again = () => me.person && connection.isRefused && this.#listen(reached);
        setTimeout(again, visited === undefined ? REFUSED : 0);
      },
    });
  }

  async #refresh(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      const list = await connection.insist(() => fresh(() => server.me.rooms(), connection.reached));
      // One's place somewhere has changed meanwhile, and the list may not know.
      if (!this.#again) this.#list(list);
    }
  }

  #hide(): void {
    if (document.visibilityState === 'visible') return;
    this.here.reading.hide();
    this.#snapshots?.keepNow();
  }
}

export const rooms = new Rooms();
