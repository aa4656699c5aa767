/** One thing that is asked of the server by pressing a button: whether it is on its way, and why it was refused. */
import { ProblemError } from 'openline';
import { untrack } from 'svelte';
import { language } from '../state/language.svelte.ts';

export class Attempt {
  busy = $state(false);
  /** Why it was refused, in words; empty if it was not. */
  error = $state('');

  /** Does it, unless it is being done. Gives whether it was. An effect that asks for it does not depend on it. */
  run(act: () => Promise<unknown>): Promise<boolean> {
    return untrack(() => this.#run(act));
  }

  async #run(act: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = '';
    try {
      await act();
      return true;
    } catch (reason) {
      this.error = explanation(reason);
      return false;
    } finally {
      this.busy = false;
    }
  }
}

/** What went wrong, in words: the server's, or that the network failed. */
export function explanation(reason: unknown): string {
  return reason instanceof ProblemError ? reason.message : language.words.networkFailed;
}
