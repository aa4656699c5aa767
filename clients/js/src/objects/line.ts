/** What only lines tell, as the server writes it. `id` is the event's own place in the log; signals have none. */
import type { Message } from './message.ts';
import type { Author, Person, Presence } from './person.ts';
import type { Room, RoomRole } from './room.ts';

/** The first event of a line. */
export interface Hello {
  readonly connection: string;
  readonly client: string;
  readonly head: string;
  /** How many are in each room of this line. */
  readonly here?: Readonly<Record<string, number>>;
}

/** What lies before `id` can no longer be replayed: read the history again, and go on from `id`. */
export interface Reset {
  readonly id: string;
  readonly reason?: string;
}

/** A message reads differently now. */
export interface Edit {
  readonly id: string;
  readonly room: string;
  /** The whole message, as it now reads. */
  readonly message: Message;
}

/** A message of which nothing is left: drop it. */
export interface GoneMessage {
  readonly id: string;
  readonly deleted: string;
  readonly gone: true;
}

/** A message was deleted. Where something hangs on it, a tombstone is left. */
export interface Deletion {
  readonly id: string;
  readonly room: string;
  readonly message: Message | GoneMessage;
}

/** Somebody reacted, or took it back. */
export interface Reaction {
  readonly id: string;
  readonly room: string;
  /** The id of the message. */
  readonly message: string;
  readonly emoji: string;
  readonly by: Author;
  readonly on: boolean;
  /** How many react with this emoji now. */
  readonly count: number;
}

/** A room is different now. */
export interface RoomChanged {
  readonly id: string;
  readonly room: string;
  readonly about: Room;
}

/** What happened to somebody's membership. */
export type MemberChange = 'joined' | 'left' | 'added' | 'removed' | 'banned' | 'unbanned' | 'role';

/** Who is in a room is different now. Of public rooms only the person concerned hears it. */
export interface MemberChanged {
  readonly id: string;
  readonly room: string;
  readonly person: Author;
  readonly by?: Author;
  readonly change: MemberChange;
  readonly role?: RoomRole;
  readonly reason?: string;
}

/** What happened to a person. `rooms` and `sessions` are heard by their own devices only. */
export type PersonChange = 'name' | 'face' | 'role' | 'gone' | 'sessions' | 'rooms';

/** A person is different now. */
export interface PersonChanged {
  readonly id: string;
  readonly person: Person;
  readonly change: PersonChange;
}

/** A signal: how many are in a room now. */
export interface Here {
  readonly room: string;
  readonly count: number;
  /** The ids of those who have a name, when at most 50 are here. */
  readonly people?: readonly string[];
}

/** A signal: who is writing. */
export interface Typing {
  readonly room: string;
  /** The first five. */
  readonly by: readonly Author[];
  readonly count: number;
}

/** A signal: somebody has read so far. */
export interface Read {
  readonly room: string;
  /** The person's id. */
  readonly person: string;
  /** The message's id, which is not this event's place in the log. */
  readonly id: string;
}

/** A signal: who is there, and who is away. */
export interface PresenceChanged {
  readonly room: string;
  readonly people: readonly { readonly id: string; readonly state: Presence }[];
}
