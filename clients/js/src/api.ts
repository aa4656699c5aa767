/** What one asks and tells the server, besides listening. */
import { ProblemError } from './problem.ts';
import type { Draft, Message, Page, Person } from './types.ts';

/** Which part of a room's history to read. */
export interface PageQuery {
  /** Only what came before this id or number. */
  readonly before?: string;
  /** Only what came after this id or number. */
  readonly after?: string;
  /** How many messages at most. */
  readonly limit?: number;
}

/** How long an answer may take, in milliseconds, before the network is thought to have failed. */
const PATIENCE = 20_000;

/** The server at one address. Every method throws `ProblemError` on a refusal, `TypeError` or `TimeoutError` on a failing network. */
export class Api {
  /** In which language problems are explained (BCP 47), if not in the browser's. */
  language: string | undefined;
  readonly #base: string;

  /** `base` is where the server is, such as `https://chat.example`. */
  constructor(base: string) {
    this.#base = base;
  }

  /** The one URL of a room. */
  room(name: string): URL {
    return new URL(`/rooms/${encodeURIComponent(name)}`, this.#base);
  }

  /** A page of a room's history, the newest unless asked otherwise. */
  page(room: string, query: PageQuery = {}): Promise<Page> {
    const url = this.room(room);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    return this.#ask<Page>(url);
  }

  /** Says something. Safe to repeat with the same key. */
  post(room: string, draft: Draft): Promise<Message> {
    return this.#tell<Message>('POST', this.room(room), draft);
  }

  /** Who one is, or nobody. */
  me(): Promise<Person | undefined> {
    return this.#ask<Person | undefined>(new URL('/me', this.#base));
  }

  /** Takes a name, and keeps it in a cookie. */
  setName(name: string): Promise<Person> {
    return this.#tell<Person>('PUT', new URL('/me', this.#base), { name });
  }

  #ask<T>(url: URL): Promise<T> {
    return this.#fetch<T>(url, { headers: { accept: 'application/json' }, cache: 'no-store' });
  }

  #tell<T>(method: string, url: URL, value: unknown): Promise<T> {
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    return this.#fetch<T>(url, { method, headers, body: JSON.stringify(value) });
  }

  async #fetch<T>(url: URL, init: RequestInit): Promise<T> {
    const headers = new Headers(init.headers);
    if (this.language) headers.set('accept-language', this.language);
    const response = await fetch(url, { ...init, headers, signal: AbortSignal.timeout(PATIENCE) });
    if (!response.ok) throw await ProblemError.from(response);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }
}
