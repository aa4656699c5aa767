/** Links that let somebody in, as the server writes them. */
import type { Author, Role } from './person.ts';

/** What a link is for. */
export type Gives = 'account' | 'guest' | 'sign-in' | 'owner';

/** A link that was just made. Its code is told this once. */
export interface NewLink {
  readonly id: string;
  readonly code: string;
  /** `<origin>/join#<code>` */
  readonly url: string;
  readonly expires: string;
}

/** A link as its maker sees it later, without its code. */
export interface Link {
  readonly id: string;
  readonly gives: Gives;
  readonly role?: Role;
  /** The room that it leads to. */
  readonly room?: string;
  /** Whom it signs in. */
  readonly person?: string;
  readonly uses_left: number;
  readonly expires: string;
  /** The id of who made it. */
  readonly by?: string;
  readonly at: string;
}

/** An invitation to be made. */
export interface Invitation {
  readonly role: 'guest' | 'member' | 'moderator';
  /** The room that it leads to. */
  readonly room?: string;
  /** How often it can be used: 1 to 1000, once unless said otherwise. */
  readonly uses?: number;
  /** How long it can be used: 1 to 8760 hours, a week unless said otherwise. */
  readonly hours?: number;
}

/** What a link would do, before it is used. */
export interface LinkLook {
  readonly gives: Gives;
  readonly role?: Role;
  readonly room?: { readonly id: string; readonly title: string };
  readonly by?: Author;
}

/** How a link is used: with a name for a guest, with login and password for an account. */
export interface Redemption {
  readonly code: string;
  readonly name?: string;
  readonly face?: string;
  readonly login?: string;
  readonly password?: string;
}
