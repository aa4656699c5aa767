/** Whom a text mentions. The server has decided who that is; here their names are found in the words. */
import type { Author } from 'openline';

export interface Found {
  readonly text: string;
  /** Nobody in particular: `@here`. */
  readonly person?: Author;
}

const fold = (text: string) => text.normalize('NFKC').toLowerCase();

/** The people whom one message mentions. */
export class Mentions {
  /** By the first letter of the name, the longest name first. */
  readonly #byLetter = new Map<string, { name: string; length: number; person?: Author }[]>();

  /** `everyone` is whether the message said `@here`. */
  constructor(people: readonly Author[] = [], everyone = false) {
    const all = people.map((person) => ({ name: fold(person.name), length: person.name.length, person }));
    for (const entry of [...all, ...(everyone ? [{ name: 'here', length: 4 }] : [])]) {
      if (entry.name === '') continue;
      const letter = entry.name[0] ?? '';
      this.#byLetter.set(letter, [...(this.#byLetter.get(letter) ?? []), entry]);
    }
    for (const entries of this.#byLetter.values()) entries.sort((a, b) => b.length - a.length);
  }

  /** The mention whose `@` stands here. */
  at(text: string, index: number): Found | undefined {
    // Not in the middle of an address of mail.
    if (/[\p{Script=Latin}\p{N}]/u.test(text[index - 1] ?? '')) return undefined;
    for (const { name, length, person } of this.#byLetter.get(fold(text[index + 1] ?? '')) ?? []) {
      const end = index + 1 + length;
      if (fold(text.slice(index + 1, end)) !== name) continue;
      return { text: text.slice(index, end), ...(person ? { person } : {}) };
    }
    return undefined;
  }
}
