/** Asks the server while somebody types, but not at every letter, and never shows an older answer over a newer. */

/** Milliseconds without a letter after which it is asked. */
const PAUSE = 150;

export interface Search<T> {
  /** The last answer; undefined until there is one. */
  readonly result: readonly T[] | undefined;
  /** Whether it answers what is wanted now. */
  readonly isSettled: boolean;
}

/** Follows what is wanted. Must be called while a component is being made. */
export function search<T>(wanted: () => string, ask: (wanted: string, signal: AbortSignal) => Promise<readonly T[]>): Search<T> {
  let result: readonly T[] | undefined = $state.raw();
  let answered = $state('');
  $effect(() => {
    const q = wanted();
    if (q === '') {
      result = undefined;
      answered = q;
      return;
    }
    const asking = new AbortController();
    const answer = (found: readonly T[]) => {
      if (asking.signal.aborted) return;
      result = found;
      answered = q;
    };
    const timer = setTimeout(() => {
      // Whoever searches goes on typing; the next letter asks again.
      ask(q, asking.signal).then(answer, () => answer([]));
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  });
  return {
    get result() {
      return result;
    },
    get isSettled() {
      return answered === wanted();
    },
  };
}
