import type { Caller, CallOptions } from '../caller.ts';
import type { Draft, Message, Page, PageQuery, Replies } from '../objects/message.ts';

/** `/rooms/{room}`: what is said in it. A room is named by its id, its name, or a name that it once had. */
export class MessageCalls {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** A page of a room's history, the newest unless asked otherwise. */
  page(room: string, query: PageQuery = {}, how?: CallOptions): Promise<Page> {
    return this.#caller.get(this.#caller.url(['rooms', room], { ...query }), how);
  }

  /** One message. */
  get(room: string, id: string, how?: CallOptions): Promise<Message> {
    return this.#caller.get(this.#url(room, id), how);
  }

  /** Says something. Safe to repeat with the same key. */
  post(room: string, draft: Draft, how?: CallOptions): Promise<Message> {
    return this.#caller.send('POST', this.#url(room), draft, how);
  }

  /** Says something to those who are here now; nobody keeps it. */
  signal(room: string, draft: Omit<Draft, 'key' | 'reply_to'>, how?: CallOptions): Promise<Message> {
    return this.#caller.send('POST', this.#url(room), { ...draft, store: false }, how);
  }

  /** Says it differently. */
  edit(room: string, id: string, body: string, how?: CallOptions): Promise<Message> {
    return this.#caller.send('PATCH', this.#url(room, id), { body }, how);
  }

  /** Takes it back. */
  delete(room: string, id: string, how?: CallOptions): Promise<void> {
    return this.#caller.send('DELETE', this.#url(room, id), undefined, how);
  }

  /** The messages that answer this one, the oldest first: 50 unless asked otherwise, 500 at most. */
  replies(
    room: string,
    id: string,
    query: { readonly after?: string; readonly limit?: number } = {},
    how?: CallOptions,
  ): Promise<Replies> {
    return this.#caller.get(this.#caller.url(['rooms', room, id, 'replies'], query), how);
  }

  /** Those that follow, from what the page before has as `newer`. */
  moreReplies(newer: string, how?: CallOptions): Promise<Replies> {
    return this.#caller.get(this.#caller.at(newer), how);
  }

  /** Reacts with an emoji. Doing it twice is doing it once. */
  react(room: string, id: string, emoji: string, how?: CallOptions): Promise<Message> {
    return this.#caller.send('PUT', this.#url(room, id, 'reactions', emoji), undefined, how);
  }

  /** Takes a reaction back. */
  unreact(room: string, id: string, emoji: string, how?: CallOptions): Promise<Message> {
    return this.#caller.send('DELETE', this.#url(room, id, 'reactions', emoji), undefined, how);
  }

  #url(...parts: string[]): URL {
    return this.#caller.url(['rooms', ...parts]);
  }
}
