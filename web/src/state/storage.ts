/**
 * The browser's storage, which may be forbidden or full: then what is kept lasts as long as the page.
 * Names get the prefix `openline.`.
 */
export interface Storage {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
  remove(name: string): void;
  /** The names that begin so, in no particular order. */
  names(prefix: string): string[];
}

const PREFIX = 'openline.';

class BrowserStorage implements Storage {
  readonly #area: globalThis.Storage | undefined;
  /** What the browser would not take. */
  readonly #memory = new Map<string, string>();

  constructor(area: () => globalThis.Storage) {
    try {
      this.#area = area();
    } catch {
      this.#area = undefined;
    }
  }

  get(name: string): string | undefined {
    return this.#memory.get(name) ?? this.#area?.getItem(PREFIX + name) ?? undefined;
  }

  set(name: string, value: string): void {
    this.#memory.set(name, value);
    if (!this.#area) return;
    try {
      this.#area.setItem(PREFIX + name, value);
      this.#memory.delete(name);
    } catch {
      // Full or forbidden: the page's memory has it.
    }
  }

  remove(name: string): void {
    this.#memory.delete(name);
    this.#area?.removeItem(PREFIX + name);
  }

  names(prefix: string): string[] {
    const kept = Object.keys(this.#area ?? {})
      .filter((name) => name.startsWith(PREFIX))
      .map((name) => name.slice(PREFIX.length));
    return [...new Set([...kept, ...this.#memory.keys()])].filter((name) => name.startsWith(prefix));
  }
}

/** Kept by this browser, shared by its tabs. */
export const browser: Storage = new BrowserStorage(() => localStorage);

/** Kept by this tab, across reloads. */
export const tab: Storage = new BrowserStorage(() => sessionStorage);
