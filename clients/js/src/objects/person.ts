/** People, as the server writes them. */

/** What somebody is on this server. */
export type Role = 'guest' | 'member' | 'moderator' | 'owner';

/** Who said or did something. */
export interface Author {
  readonly id: string;
  /** Empty when the person is `gone`. */
  readonly name: string;
  /** One emoji. */
  readonly face?: string;
  /** A program. */
  readonly bot?: true;
  /** The account was deleted. */
  readonly gone?: true;
}

/** Somebody known to the server. */
export interface Person extends Author {
  readonly role: Role;
}

/** Oneself. */
export interface Me extends Person {
  /** The name to sign in with; absent for guests, who have no account. */
  readonly login?: string;
  /** The session by which this device is known. */
  readonly session: string;
}

/** What one may say of oneself. */
export interface Profile {
  readonly name?: string;
  /** One emoji. */
  readonly face?: string;
}

/** What one signs in with. */
export interface Credentials {
  readonly login: string;
  readonly password: string;
}

/** A device on which one is signed in. */
export interface Session {
  readonly id: string;
  /** When it began. */
  readonly at: string;
  /** When it was last used, to the hour. */
  readonly seen: string;
  /** Such as "Firefox on Android". */
  readonly device: string;
  /** The device that asks. */
  readonly current?: true;
}

/** Whether somebody is there. Who is neither is gone. */
export type Presence = 'online' | 'away';

/** A new bot, with what it shows to be itself. The token is told this once. */
export interface NewBot {
  readonly person: Person;
  readonly token: string;
}
