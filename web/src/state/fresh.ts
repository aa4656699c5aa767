/** Answers that are not older than what the line has told: of several nodes one may be a little behind. */
import { compareIds, ProblemError } from 'openline';

/** Milliseconds before a node is asked again, the first time; then twice as many. */
const SOON = 50;
/** How often it is asked before it counts as broken. */
const TRIES = 7;

/** What was read at a place in the log: a page, a list. */
interface Read {
  readonly head: string;
}

/** Asks until the answer reaches to where the line was. Throws as `ask` does, or 503. */
export async function fresh<T extends Read>(ask: () => Promise<T>, reached: string | undefined): Promise<T> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (tries > 0) await new Promise((resolve) => setTimeout(resolve, SOON * 2 ** (tries - 1)));
    const answer = await ask();
    if (!isBehind(answer, reached)) return answer;
  }
  throw new ProblemError(503, {});
}

/** Whether this was read before a place in the log. */
export function isBehind({ head }: Read, reached: string | undefined): boolean {
  return reached !== undefined && (compareIds(head, reached) ?? 0) < 0;
}
