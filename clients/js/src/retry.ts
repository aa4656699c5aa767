/** Trying again what may well succeed later. */
import { Backoff } from './backoff.ts';
import { ProblemError } from './problem.ts';

/** What trying again depends on. */
export interface RetryOptions {
  /** Stops trying when this is aborted; the result is then its reason. */
  readonly signal?: AbortSignal;
  /** Told before each wait what went wrong, and how many milliseconds the wait will be. */
  readonly onFailure?: (error: unknown, wait: number) => void;
  readonly backoff?: Backoff;
}

/**
 * Asks until there is an answer or a refusal for good. What is asked must be safe to repeat: reading is, and
 * posting under a key. Throws the refusal (`ProblemError`), or the signal's reason.
 */
export async function retry<T>(ask: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { signal, onFailure, backoff = new Backoff() } = options;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      signal?.throwIfAborted();
      if (!mayPass(error)) throw error;
      const seconds = error instanceof ProblemError ? (error.retryAfter ?? 0) : 0;
      const wait = Math.max(backoff.next(), seconds * 1000);
      onFailure?.(error, wait);
      await sleep(wait, signal);
    }
  }
}

/** Whether what failed may succeed later: the network failed, or the server said so. */
export function mayPass(error: unknown): boolean {
  if (error instanceof ProblemError) return error.mayPass;
  return error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError');
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done);
  });
}
