import type { Caller, CallOptions } from '../caller.ts';
import type { Invitation, Link, LinkLook, NewLink, Redemption } from '../objects/link.ts';
import type { Me } from '../objects/person.ts';

/** `/links`: invitations, and other links that let somebody in. */
export class LinkCalls {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** The links that can still be used, without their codes. */
  async list(how?: CallOptions): Promise<readonly Link[]> {
    const { links } = await this.#caller.get<{ links: Link[] }>(this.#url(), how);
    return links;
  }

  /** Makes an invitation. */
  create(invitation: Invitation, how?: CallOptions): Promise<NewLink> {
    return this.#caller.send('POST', this.#url(), invitation, how);
  }

  /** Makes a link useless. */
  delete(id: string, how?: CallOptions): Promise<void> {
    return this.#caller.send('DELETE', this.#url(id), undefined, how);
  }

  /** What a link would do. Every bad link has the same answer, `bad-link`. */
  look(code: string, how?: CallOptions): Promise<LinkLook> {
    return this.#caller.send('POST', this.#url('look'), { code }, how);
  }

  /** Uses a link; the browser keeps the cookie. */
  redeem(redemption: Redemption, how?: CallOptions): Promise<Me> {
    return this.#caller.send('POST', this.#url('redeem'), redemption, how);
  }

  #url(...parts: string[]): URL {
    return this.#caller.url(['links', ...parts]);
  }
}
