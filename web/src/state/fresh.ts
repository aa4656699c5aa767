/** Pages of history that are not older than what the line has told: of several nodes one may be a little behind. */
import { compareIds, ProblemError, type Page } from 'openline';

/** Milliseconds before a node is asked again, the first time; then twice as many. */
const SOON = 50;
/** How often it is asked before it counts as broken. */
const TRIES = 7;

/** Asks until the page reaches to where the line was. Throws as `ask` does, or 503. */
export async function fresh(ask: () => Promise<Page>, reached: string | undefined): Promise<Page> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (tries > 0) await new Promise((resolve) => setTimeout(resolve, SOON * 2 ** (tries - 1)));
    const page = await ask();
    if (!isBehind(page, reached)) return page;
  }
  throw new ProblemError(503, {});
}

/** Whether a page was read before a place in the log. */
export function isBehind({ head }: Page, reached: string | undefined): boolean {
  return reached !== undefined && (compareIds(head, reached) ?? 0) < 0;
}
