import type { Caller, CallOptions } from '../caller.ts';
import type { NewBot } from '../objects/person.ts';

/** `/bots`: programs with an account and a face of their own. */
export class BotCalls {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Makes a bot. Its token is told this once. */
  create(bot: { readonly name: string; readonly face?: string }, how?: CallOptions): Promise<NewBot> {
    return this.#caller.send('POST', this.#caller.url(['bots']), bot, how);
  }

  /** A new token; the old one ends. */
  async newToken(id: string, how?: CallOptions): Promise<string> {
    const url = this.#caller.url(['bots', id, 'token']);
    const { token } = await this.#caller.send<{ token: string }>('POST', url, undefined, how);
    return token;
  }
}
