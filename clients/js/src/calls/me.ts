import type { Caller, CallOptions } from '../caller.ts';
import type { NewLink } from '../objects/link.ts';
import type { Credentials, Me, Presence, Profile, Session } from '../objects/person.ts';
import type { MyRooms } from '../objects/room.ts';

/** `/me`: who one is, one's account, one's devices, one's rooms. */
export class OwnCalls {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Who one is, or nobody. */
  get(how?: CallOptions): Promise<Me | undefined> {
    return this.#caller.get(this.#url(), how);
  }

  /** Takes a name or a face. Somebody new becomes a guest, whom the browser's cookie knows again. */
  set(profile: Profile, how?: CallOptions): Promise<Me> {
    return this.#caller.send('PUT', this.#url(), profile, how);
  }

  /** Deletes oneself. What one has said stays, by "deleted". Who has a password must give it. */
  delete(password?: string, how?: CallOptions): Promise<void> {
    return this.#caller.send('DELETE', this.#url(), password === undefined ? {} : { password }, how);
  }

  /** Gives a guest an account. */
  makeAccount(credentials: Credentials, how?: CallOptions): Promise<Me> {
    return this.#caller.send('PUT', this.#url('account'), credentials, how);
  }

  /** Sets a new password, which ends all other sessions. The old one must be given if there is one. */
  setPassword(password: string, old?: string, how?: CallOptions): Promise<void> {
    const wish = old === undefined ? { password } : { old, password };
    return this.#caller.send('PUT', this.#url('password'), wish, how);
  }

  /** The devices on which one is signed in. */
  async sessions(how?: CallOptions): Promise<readonly Session[]> {
    const { sessions } = await this.#caller.get<{ sessions: Session[] }>(this.#url('sessions'), how);
    return sessions;
  }

  /** Signs a device out. */
  endSession(id: string, how?: CallOptions): Promise<void> {
    return this.#caller.send('DELETE', this.#url('sessions', id), undefined, how);
  }

  /** A link that signs another device of one's own in: once, within ten minutes. */
  phoneLink(how?: CallOptions): Promise<NewLink> {
    return this.#caller.send('POST', this.#url('link'), undefined, how);
  }

  /** All rooms that one is in. */
  rooms(how?: CallOptions): Promise<MyRooms> {
    return this.#caller.get(this.#url('rooms'), how);
  }

  /** Says whether one is here or away. */
  setPresence(state: Presence, how?: CallOptions): Promise<void> {
    return this.#caller.send('PUT', this.#url('presence'), { state }, how);
  }

  #url(...parts: string[]): URL {
    return this.#caller.url(['me', ...parts]);
  }
}
