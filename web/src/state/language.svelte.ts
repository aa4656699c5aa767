/** In which language the page speaks. The languages are the files of `words/`, and only the one that is spoken is loaded. */
import type { Words } from '../words/en.ts';
import { server } from './server.ts';
import { browser } from './storage.ts';
import { closest, primary } from '../text/tags.ts';

const files = import.meta.glob<Words>('../words/*.ts', { import: 'default' });

/** What is spoken where nothing else is wanted. */
const USUAL = 'en';
/** Milliseconds before words that did not come are asked for again. */
const SOON = 2_000;

export interface Language {
  /** The tag that its file is named by (BCP 47). */
  readonly tag: string;
  /** What it calls itself. */
  readonly name: string;
  readonly load: () => Promise<Words>;
}

/** Every language there is. */
export const languages: readonly Language[] = Object.entries(files).map(([path, load]) => {
  const tag = path.replace(/^.*\/|\.ts$/g, '');
  return { tag, name: new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag, load };
});

/** What this reader chose, or else what their system speaks; `head-start.js` has begun to load it by the same rule. */
function wanted(): Language[] {
  const tags = [browser.get('language') ?? '', ...navigator.languages, USUAL];
  return tags.map((tag) => closest(languages, tag)).filter((language) => language !== undefined);
}

class Speech {
  /** The page's words; they are there before the page is. */
  words: Words = $state.raw() as unknown as Words;
  #spoken: Language | undefined = $state.raw();

  /** How dates are written: as this reader's system does, if it speaks this language. */
  readonly locale = $derived(navigator.languages.find((tag) => primary(tag) === primary(this.words.tag)) ?? this.words.tag);

  /** Speaks as this reader wants, or, when those words cannot be had, as somebody else does. */
  async begin(): Promise<void> {
    while (!this.#spoken) {
      for (const language of wanted()) {
        await this.#speak(language).catch(() => undefined);
        if (this.#spoken) break;
      }
      if (!this.#spoken) await new Promise((resolve) => setTimeout(resolve, SOON));
    }
  }

  /** Speaks another language from now on. Rejects when its words cannot be loaded. */
  async choose(language: Language): Promise<void> {
    await this.#speak(language);
    browser.set('language', language.tag);
  }

  /** Whether this is the language that is spoken. */
  speaks(language: Language): boolean {
    return language === this.#spoken;
  }

  async #speak(language: Language): Promise<void> {
    this.words = await language.load();
    this.#spoken = language;
    server.language = this.words.tag;
    document.documentElement.lang = this.words.tag;
    document.documentElement.dir = this.words.direction;
  }
}

export const language = new Speech();
