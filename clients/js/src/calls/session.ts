import type { Caller, CallOptions } from '../caller.ts';
import type { Credentials, Me } from '../objects/person.ts';

/** `/session`: this device, signed in or not. */
export class SessionCalls {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Signs this device in; the browser keeps the cookie. */
  signIn(credentials: Credentials, how?: CallOptions): Promise<Me> {
    return this.#caller.send('POST', this.#caller.url(['session']), credentials, how);
  }

  /** Signs this device out. */
  signOut(how?: CallOptions): Promise<void> {
    return this.#caller.send('DELETE', this.#caller.url(['session']), undefined, how);
  }
}
