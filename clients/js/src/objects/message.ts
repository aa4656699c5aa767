/** What is said, as the server writes it. */
import type { Room } from './room.ts';
import type { Author } from './person.ts';

/** Something that was said in a room. */
export interface Message {
  /** Its place in the log, such as `5f3a09c1-1027`. A signal, which is not kept, has none. */
  readonly id?: string;
  /** The id of its room. */
  readonly room: string;
  /** RFC 3339, in UTC. */
  readonly at: string;
  /** Absent when its author gave no name. */
  readonly by?: Author;
  readonly body?: string;
  /** What a program said, beside or instead of `body`. */
  readonly data?: unknown;
  /** The id of the message that it answers. */
  readonly reply_to?: string;
  /** The event name that its author gave it. */
  readonly type?: string;
  /** The key by which its author can repeat it safely. */
  readonly key?: string;
  /** When it was last edited. */
  readonly edited?: string;
  /** When it was deleted: a tombstone, which has neither body nor data. */
  readonly deleted?: string;
  /** Who is mentioned in it. */
  readonly mentions?: readonly Author[];
  /** It mentions everybody in the room. */
  readonly mentions_all?: true;
  readonly reactions?: readonly Reactions[];
  /** How many answers it has. */
  readonly replies?: number;
  /** The message that it answers, as that reads now. */
  readonly quote?: Quote;
}

/** Everybody who reacted with one emoji. */
export interface Reactions {
  readonly emoji: string;
  readonly count: number;
  /** The first 50. */
  readonly by: readonly Author[];
  /** One's own is among them. Only in answers to one asker, never on a line. */
  readonly mine?: true;
}

/** A message that another one answers. */
export interface Quote {
  readonly id: string;
  readonly by?: Author;
  /** Its first 200 characters. */
  readonly body?: string;
  readonly deleted?: true;
}

/** What one posts. Posting it again with the same key stores nothing twice. */
export interface Draft {
  readonly body?: string;
  readonly data?: unknown;
  /** From `newKey()`, if it may be repeated. */
  readonly key?: string;
  readonly reply_to?: string;
  /** The event name under which programs hear it. */
  readonly type?: string;
}

/** A page of a room's history. */
export interface Page {
  /** The id of the room, whichever spelling was asked for. */
  readonly room: string;
  /** The room itself. Absent when nobody has said anything in it yet. */
  readonly about?: Room;
  /** The id at which the page was taken: a line opened from here misses and repeats nothing. */
  readonly head: string;
  /** Oldest first. */
  readonly messages: readonly Message[];
  /** Where the page before this one is, if there is one. */
  readonly older?: string;
  /** Where the page after this one is, if it does not reach the present. */
  readonly newer?: string;
}

/** A page of the messages that answer one. */
export interface Replies {
  /** Oldest first. */
  readonly messages: readonly Message[];
  /** Where they go on, if they do. A page can have fewer than were asked for, and yet not be the last. */
  readonly newer?: string;
}

/** Which part of a room's history to read; at most one of `before`, `after` and `around`. */
export interface PageQuery {
  /** Only what came before this id or number. */
  readonly before?: string;
  /** Only what came after this id or number. */
  readonly after?: string;
  /** What was said before and after this id or number, and the message itself. */
  readonly around?: string;
  /** How many messages at most. */
  readonly limit?: number;
}
