/** The objects of the wire, as the server writes them. */

/** Who said something. */
export interface Author {
  readonly id: string;
  readonly name: string;
}

/** Something that was said in a room. */
export interface Message {
  /** Its place in the log, such as `5f3a09c1-1027`. A signal, which is not kept, has none. */
  readonly id?: string;
  readonly room: string;
  /** RFC 3339, in UTC. */
  readonly at: string;
  /** Absent when its author gave no name. */
  readonly by?: Author;
  readonly body?: string;
  /** What a program said, beside or instead of `body`. */
  readonly data?: unknown;
  readonly reply_to?: string;
  /** The event name that its author gave it. */
  readonly type?: string;
  /** The key by which its author can repeat it safely. */
  readonly key?: string;
}

/** What one posts. Posting it again with the same key stores nothing twice. */
export interface Draft {
  readonly body?: string;
  readonly data?: unknown;
  readonly key: string;
}

/** A page of a room's history. */
export interface Page {
  /** The room's name as the server writes it, whichever spelling was asked for. */
  readonly room: string;
  /** The id at which the page was taken: a line opened from here misses and repeats nothing. */
  readonly head: string;
  /** Oldest first. */
  readonly messages: readonly Message[];
  /** Where the page before this one is, if there is one. */
  readonly older?: string;
  /** Where the page after this one is, if it does not reach the present. */
  readonly newer?: string;
}

/** Oneself, as the server knows one. */
export interface Person {
  readonly id: string;
  readonly name: string;
}

/** The first event of a line. */
export interface Hello {
  readonly connection: string;
  readonly client: string;
  readonly head: string;
  /** How many are in each room of this line. */
  readonly here?: Readonly<Record<string, number>>;
}

/** How many are in a room now. */
export interface Here {
  readonly room: string;
  readonly count: number;
}

/** What lies before `id` can no longer be replayed: read the history again, and go on from `id`. */
export interface Reset {
  readonly id: string;
  readonly reason?: string;
}

/** What went wrong (RFC 9457). */
export interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
}
