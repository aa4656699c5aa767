import type { Caller, CallOptions } from '../caller.ts';
import type { NewLink } from '../objects/link.ts';
import type { Person, Role } from '../objects/person.ts';

/** `/people`: everybody on this server. */
export class PeopleCalls {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** People whose name, or a word of it, begins with this (at most 200 characters); everybody without. */
  async search(query: { readonly q?: string; readonly limit?: number } = {}, how?: CallOptions): Promise<readonly Person[]> {
    const { people } = await this.#caller.get<{ people: Person[] }>(this.#caller.url(['people'], query), how);
    return people;
  }

  /** One of them. */
  get(id: string, how?: CallOptions): Promise<Person> {
    return this.#caller.get(this.#url(id), how);
  }

  /** Makes somebody a moderator, say. */
  setRole(id: string, role: Role, how?: CallOptions): Promise<Person> {
    return this.#caller.send('PATCH', this.#url(id), { role }, how);
  }

  /** Deletes somebody's account. What they have said stays, by "deleted". */
  delete(id: string, how?: CallOptions): Promise<void> {
    return this.#caller.send('DELETE', this.#url(id), undefined, how);
  }

  /** A link that signs somebody in who has lost their password. */
  signInLink(id: string, how?: CallOptions): Promise<NewLink> {
    return this.#caller.send('POST', this.#url(id, 'link'), undefined, how);
  }

  #url(...parts: string[]): URL {
    return this.#caller.url(['people', ...parts]);
  }
}
