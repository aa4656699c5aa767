/** Asking the server: one request, one answer or one clear error. */
import { ProblemError } from './problem.ts';

/** Where the server is, and as whom it is asked. */
export interface CallerOptions {
  /** Such as `https://chat.example`; the page's own origin unless given. */
  readonly base?: string | URL;
  /** A bot's token. Without one, a browser sends its cookie. */
  readonly token?: string;
  /** In which language problems are explained (BCP 47), if not in the browser's. */
  readonly language?: string;
  /** How this client calls itself, so that its lines can leave out what it says itself (`echo=false`). */
  readonly client?: string;
}

/** How one request is made. */
export interface CallOptions {
  /** Gives up when this is aborted. */
  readonly signal?: AbortSignal;
  /** Finishes even if the page is closed meanwhile. */
  readonly keepalive?: boolean;
}

/** The parameters of a URL; what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** How long an answer may take, in milliseconds, before the network is thought to have failed. */
const PATIENCE = 20_000;

/**
 * The server at one address. Every method throws `ProblemError` on a refusal, `TypeError` or `TimeoutError` on
 * a failing network, and the signal's reason when that is aborted.
 */
export class Caller {
  /** In which language problems are explained; it may change. */
  language: string | undefined;
  readonly base: string;
  readonly #token: string | undefined;
  readonly #client: string | undefined;

  constructor(options: CallerOptions = {}) {
    this.base = String(options.base ?? location.origin);
    this.language = options.language;
    this.#token = options.token;
    this.#client = options.client;
  }

  /** Whether requests name somebody by a token, which a browser's WebSocket cannot. */
  get hasToken(): boolean {
    return this.#token !== undefined;
  }

  /** The URL of a path, each of whose parts is any text. */
  url(parts: readonly string[], query: Query = {}): URL {
    const url = new URL(`/${parts.map(encodeURIComponent).join('/')}`, this.base);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  /** The URL of a path that the server has given: where a list goes on. */
  at(path: string): URL {
    return new URL(path, this.base);
  }

  /** What every request says of who asks. */
  headers(): Record<string, string> {
    return {
      ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
      ...(this.language === undefined ? {} : { 'accept-language': this.language }),
      ...(this.#client === undefined ? {} : { 'openline-client': this.#client }),
    };
  }

  /** Asks. */
  get<T>(url: URL, how?: CallOptions): Promise<T> {
    return this.#fetch<T>('GET', url, undefined, how);
  }

  /** Tells, with an object if there is one. */
  send<T = void>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: URL, value?: unknown, how?: CallOptions): Promise<T> {
    return this.#fetch<T>(method, url, value, how);
  }

  async #fetch<T>(method: string, url: URL, value: unknown, how: CallOptions = {}): Promise<T> {
    const patience = AbortSignal.timeout(PATIENCE);
    const headers: Record<string, string> = { ...this.headers(), accept: 'application/json' };
    if (value !== undefined) headers['content-type'] = 'application/json';
    const response = await fetch(url, {
      method,
      headers,
      body: value === undefined ? null : JSON.stringify(value),
      cache: 'no-store',
      keepalive: how.keepalive ?? false,
      signal: how.signal ? AbortSignal.any([how.signal, patience]) : patience,
    });
    if (!response.ok) throw await ProblemError.from(response);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }
}
