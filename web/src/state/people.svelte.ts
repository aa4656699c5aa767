/** Who people are now: what was said long ago shows them as they are called today. */
import type { Author } from 'openline';
import { SvelteMap } from 'svelte/reactivity';

class People {
  /** Those of whom the line has told something since the page was opened. */
  readonly #changed = new SvelteMap<string, Author>();

  /** As somebody is called now. */
  current<A extends Author>(author: A): A {
    const now = this.#changed.get(author.id);
    if (!now) return author;
    const { face: _, gone: __, ...rest } = author;
    return { ...rest, name: now.name, ...(now.face ? { face: now.face } : {}), ...(now.gone ? { gone: true } : {}) } as A;
  }

  /** The line told of somebody. */
  heard(author: Author): void {
    this.#changed.set(author.id, author);
  }
}

export const people = new People();
