/** What somebody is in the middle of writing: a name after `@`, a room after `#`, an emoji after `:`. */

export interface Completing {
  readonly trigger: '@' | '#' | ':';
  /** What stands between the trigger and the caret. */
  readonly word: string;
  /** Where the trigger stands. */
  readonly start: number;
}

/** The longest word that is completed. */
const LONGEST = 40;

const WORDS = {
  '@': /^[\p{L}\p{M}\p{N}._-]*$/u,
  '#': /^[\p{L}\p{M}\p{N}._~-]*$/u,
  // A colon alone is a colon, and `:)` is a smile of its own.
  ':': /^(?:[\p{L}\p{M}\p{N}_+-]{2,}|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}])$/u,
};

/** After these no trigger begins anything: within a word, an address of mail, a time. */
const WITHIN = /(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}])[\p{L}\p{N}_/:]/u;

/** Looks back from the caret. */
export function completing(text: string, caret: number): Completing | undefined {
  for (let start = caret - 1; start >= Math.max(0, caret - LONGEST); start -= 1) {
    const trigger = text[start];
    if (trigger === undefined || /\s/.test(trigger)) return undefined;
    if (trigger !== '@' && trigger !== '#' && trigger !== ':') continue;
    if (WITHIN.test(text[start - 1] ?? ' ')) return undefined;
    const word = text.slice(start + 1, caret);
    return WORDS[trigger].test(word) ? { trigger, word, start } : undefined;
  }
  return undefined;
}

/** Those whose name has the word in it, those that begin with it first. */
export function matching<T>(items: readonly T[], word: string, name: (item: T) => string): T[] {
  const fold = (text: string) => text.normalize('NFKC').toLowerCase();
  const wanted = fold(word);
  const found = items.map((item) => ({ item, at: fold(name(item)).indexOf(wanted) })).filter(({ at }) => at >= 0);
  // Sorting keeps the order of those that are equally good.
  return found.sort((a, b) => Math.min(a.at, 1) - Math.min(b.at, 1)).map(({ item }) => item);
}
