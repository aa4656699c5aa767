import type { Problem } from './types.ts';

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

  /** Whether the same request may well succeed later: the server is busy, starting or broken. */
  get mayPass(): boolean {
    return this.status >= 500 || [408, 425, 429].includes(this.status);
  }

  /** Reads the problem out of a response that is not a success. */
  static async from(response: Response): Promise<ProblemError> {
    const body: unknown = await response.json().catch(() => ({}));
    const problem = typeof body === 'object' && body !== null ? (body as Problem) : {};
    const seconds = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
    return new ProblemError(response.status, problem, Number.isNaN(seconds) ? undefined : seconds);
  }
}
