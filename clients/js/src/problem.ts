/** Refusals, as the server writes them (RFC 9457). */

/** What kind of problem it is; each is explained in the protocol's page. */
export type ProblemCode =
  | 'address-limit'
  | 'archived'
  | 'bad-body'
  | 'bad-client'
  | 'bad-cursor'
  | 'bad-emoji'
  | 'bad-handshake'
  | 'bad-host'
  | 'bad-json'
  | 'bad-key'
  | 'bad-link'
  | 'bad-login'
  | 'bad-name'
  | 'bad-parameter'
  | 'bad-reply'
  | 'bad-room'
  | 'bad-setting'
  | 'bad-type'
  | 'bad-utf8'
  | 'banned'
  | 'blank-message'
  | 'busy'
  | 'closing'
  | 'edit-too-late'
  | 'foreign'
  | 'internal'
  | 'key-of-deleted'
  | 'key-reused'
  | 'last-owner'
  | 'login-taken'
  | 'message-gone'
  | 'method-not-allowed'
  | 'name-taken'
  | 'no-such-message'
  | 'no-such-page'
  | 'no-such-person'
  | 'no-such-room'
  | 'not-acceptable'
  | 'not-allowed'
  | 'not-signed-in'
  | 'outcome-unknown'
  | 'overloaded'
  | 'reserved-type'
  | 'slow-mode'
  | 'store-unavailable'
  | 'too-fast'
  | 'too-large'
  | 'too-many-attempts'
  | 'too-many-lines'
  | 'too-many-of-theirs'
  | 'too-many-of-yours'
  | 'too-many-people'
  | 'too-many-reactions'
  | 'too-many-rooms'
  | 'unknown-field'
  | 'unsupported-type'
  | 'weak-password'
  | 'wrong-password';

/** What went wrong. All of it is missing when it was not the server that answered, but a proxy before it. */
export interface Problem {
  readonly type?: string;
  readonly code?: ProblemCode;
  /** What was wrong, in the reader's language. */
  readonly title?: string;
  readonly status?: number;
  /** What would be right. */
  readonly detail?: string;
  /** Which field, name or right it was about. */
  readonly about?: string;
  /** After how many seconds the same may succeed. */
  readonly retry_after?: number;
}

/** What was wrong, and on a line of its own what would be right. */
export function explained({ title, detail }: Problem): string {
  return [title, detail].filter(Boolean).join('\n');
}

/** The server answered, and the answer was no. A network that fails throws fetch's own `TypeError`. */
export class ProblemError extends Error {
  readonly status: number;
  readonly problem: Problem;
  /** After how many seconds the server would like to be asked again, if it said so. */
  readonly retryAfter: number | undefined;

  constructor(status: number, problem: Problem, retryAfter?: number) {
    super(explained(problem) || `HTTP ${status}`);
    this.name = 'ProblemError';
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  /** What kind of problem it is. */
  get code(): ProblemCode | undefined {
    return this.problem.code;
  }

  /** Whether the same request may well succeed later: the server is busy, starting or broken. */
  get mayPass(): boolean {
    return this.status >= 500 || [408, 425, 429].includes(this.status) || this.code === 'busy';
  }

  /** Reads the problem out of a response that is not a success. */
  static async from(response: Response): Promise<ProblemError> {
    const body: unknown = await response.json().catch(() => ({}));
    const problem = typeof body === 'object' && body !== null ? (body as Problem) : {};
    const seconds = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
    return new ProblemError(response.status, problem, Number.isNaN(seconds) ? undefined : seconds);
  }
}
