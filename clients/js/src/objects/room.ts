/** Rooms, as the server writes them. */
import type { Author, Person, Presence } from './person.ts';

export type RoomKind = 'public' | 'private' | 'direct';

/** What somebody may be allowed to do in a room; `settle` is to change its name, topic and settings. */
export type RoomRight = 'say' | 'react' | 'delete_others' | 'join' | 'leave' | 'add' | 'remove' | 'ban' | 'settle';

/** How much of a room one is told of. */
export type Level = 'all' | 'mentions' | 'none' | 'hidden';

/** What one is in a room. A keeper made it, or was made one. */
export type RoomRole = 'member' | 'keeper';

/** A room. */
export interface Room {
  /** Stable for ever, also when the room is renamed. */
  readonly id: string;
  /** The present name of a public room. */
  readonly name?: string;
  /** What to show: the name, or the title of a private room. Empty for direct rooms. */
  readonly title: string;
  readonly kind: RoomKind;
  readonly topic?: string;
  readonly archived?: true;
  /** What newcomers see: everything, or what is said from their joining on. */
  readonly history: 'all' | 'joined';
  /** Who may post. */
  readonly post: 'everyone' | 'members' | 'moderators';
  /** How many seconds each person waits between messages. */
  readonly slow?: number;
  /** For how many seconds people can change what they have said; for ever without it. */
  readonly edit_window?: number;
  /** How many people are in it. */
  readonly members: number;
  /** Everybody in a direct room. */
  readonly people?: readonly Author[];
  /** What the asker may do here. Only in answers to one asker, never on a line. */
  readonly may?: readonly RoomRight[];
  /** What the room is to the asker, if they are in it. */
  readonly me?: Membership;
}

/** What a room is to somebody who is in it. */
export interface Membership {
  readonly joined: true;
  readonly role: RoomRole;
  readonly level: Level;
  /** The last message that they have read. */
  readonly read?: string;
  /** How many messages they have not read; 100 means 100 or more. */
  readonly unread: number;
  /** How many of these mention them; 100 means 100 or more. */
  readonly mentions: number;
  /** The last message; none after it is counted. */
  readonly last?: string;
  readonly last_at?: string;
}

/** A room to be made. The people of a direct room are the room: there are never two. */
export type NewRoom =
  | { readonly kind: 'public'; readonly name: string; readonly topic?: string; readonly people?: readonly string[] }
  | { readonly kind: 'private'; readonly title?: string; readonly topic?: string; readonly people?: readonly string[] }
  | { readonly kind: 'direct'; readonly people: readonly string[] };

/** What can be changed of a room. */
export interface RoomChange {
  readonly name?: string;
  readonly title?: string;
  readonly topic?: string;
  readonly archived?: boolean;
  readonly history?: Room['history'];
  readonly post?: Room['post'];
  /** Seconds between messages of one person; 0 for none. */
  readonly slow?: number;
}

/** The rooms that one is in, and the id at which the list was taken: a line from there misses nothing. */
export interface MyRooms {
  readonly rooms: readonly (Room & { readonly me: Membership })[];
  readonly head: string;
}

/** Public rooms by name. */
export interface RoomList {
  readonly rooms: readonly Room[];
  /** Where the list goes on, if it does. A page can have fewer than were asked for, or none, and yet not be the last. */
  readonly more?: string;
}

/** Somebody who is in a room. */
export interface Member extends Person {
  readonly room_role: RoomRole;
  readonly presence?: Presence;
  /** The last message that they have read, in rooms of at most 20. */
  readonly read?: string;
}

/** Somebody who may not come back into a room. */
export interface Ban {
  readonly person: Person;
  readonly reason?: string;
  /** The id of who did it. */
  readonly by?: string;
  readonly at: string;
}

/** Who is in a room. */
export interface RoomPeople {
  readonly people: readonly Member[];
  /** Only for those who may ban. */
  readonly banned?: readonly Ban[];
}
