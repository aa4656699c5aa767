import type { Caller, CallOptions } from '../caller.ts';
import type { Level, Membership, NewRoom, Room, RoomChange, RoomList, RoomPeople, RoomRole } from '../objects/room.ts';

/** `/rooms`: making, changing, joining. A room is named by its id, its name, or a name that it once had. */
export class RoomCalls {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** The one URL of a room. */
  url(room: string): URL {
    return this.#url(room);
  }

  /** Public rooms by name. */
  list(
    query: { readonly q?: string; readonly after?: string; readonly limit?: number } = {},
    how?: CallOptions,
  ): Promise<RoomList> {
    return this.#caller.get(this.#caller.url(['rooms'], query), how);
  }

  /** Those that follow, from what the list before has as `more`. */
  listMore(more: string, how?: CallOptions): Promise<RoomList> {
    return this.#caller.get(this.#caller.at(more), how);
  }

  /** Makes a room; of direct rooms, gives the one that there is. */
  create(room: NewRoom, how?: CallOptions): Promise<Room> {
    return this.#caller.send('POST', this.#caller.url(['rooms']), room, how);
  }

  /** What there is to know about a room. */
  about(room: string, how?: CallOptions): Promise<Room> {
    return this.#caller.get(this.#url(room, 'about'), how);
  }

  /** Changes its name, topic or settings. */
  change(room: string, change: RoomChange, how?: CallOptions): Promise<Room> {
    return this.#caller.send('PATCH', this.#url(room, 'about'), change, how);
  }

  /** Who is in it. */
  people(room: string, how?: CallOptions): Promise<RoomPeople> {
    return this.#caller.get(this.#url(room, 'people'), how);
  }

  /** Joins a public room. */
  join(room: string, how?: CallOptions): Promise<Room> {
    return this.#caller.send('PUT', this.#url(room, 'people', 'me'), {}, how);
  }

  /** Leaves. */
  leave(room: string, how?: CallOptions): Promise<void> {
    return this.remove(room, 'me', how);
  }

  /** Adds somebody, or changes what they are in the room. */
  add(room: string, person: string, role?: RoomRole, how?: CallOptions): Promise<void> {
    return this.#caller.send('PUT', this.#url(room, 'people', person), role ? { role } : {}, how);
  }

  /** Removes somebody. They may come back, if the room is public or somebody adds them. */
  remove(room: string, person: string, how?: CallOptions): Promise<void> {
    return this.#caller.send('DELETE', this.#url(room, 'people', person), undefined, how);
  }

  /** Removes somebody for good. */
  ban(room: string, person: string, reason?: string, how?: CallOptions): Promise<void> {
    return this.#caller.send('PUT', this.#url(room, 'bans', person), reason === undefined ? {} : { reason }, how);
  }

  /** Lets somebody come back. */
  unban(room: string, person: string, how?: CallOptions): Promise<void> {
    return this.#caller.send('DELETE', this.#url(room, 'bans', person), undefined, how);
  }

  /** Says how far one has read, which only moves forward, or how much one wants to be told. */
  mark(room: string, mark: { readonly read?: string; readonly level?: Level }, how?: CallOptions): Promise<Membership> {
    return this.#caller.send('PATCH', this.#url(room, 'me'), mark, how);
  }

  /** Says that one is writing: now, and again every few seconds while it is so. */
  typing(room: string, how?: CallOptions): Promise<void> {
    return this.#caller.send('POST', this.#url(room, 'typing'), undefined, how);
  }

  #url(...parts: string[]): URL {
    return this.#caller.url(['rooms', ...parts]);
  }
}
