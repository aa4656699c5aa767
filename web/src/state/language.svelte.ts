/** In which language the page speaks. The languages are the files of `words/`, and only the one that is spoken is loaded. */
import en, { type Words } from '../words/en.ts';
import { server } from './server.ts';
import { browser } from './storage.ts';
import { closest, primary } from '../text/tags.ts';

const files = import.meta.glob<Words>(['../words/*.ts', '!../words/en.ts'], { import: 'default' });

export interface Language {
  /** The tag that its file is named by (BCP 47). */
  readonly tag: string;
  /** What it calls itself. */
  readonly name: string;
  readonly load: () => Promise<Words>;
}

/** Every language there is. */
export const languages: readonly Language[] = [
  { tag: 'en', name: en.language, load: () => Promise.resolve(en) },
  ...Object.entries(files).map(([path, load]) => {
    const tag = path.replace(/^.*\/|\.ts$/g, '');
    return { tag, name: new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag, load };
  }),
];

/** What this reader chose, or else what their system speaks. */
function wanted(): Language | undefined {
  const tags = [browser.get('language') ?? '', ...navigator.languages];
  return tags.map((tag) => closest(languages, tag)).find((language) => language !== undefined);
}

class Speech {
  /** The page's words. */
  words: Words = $state.raw(en);
  #spoken: Language | undefined = $state.raw(languages[0]);

  /** How dates are written: as this reader's system does, if it speaks this language. */
  readonly locale = $derived(navigator.languages.find((tag) => primary(tag) === primary(this.words.tag)) ?? this.words.tag);

  /** Speaks as this reader wants. Without their words, when they cannot be loaded, it speaks English. */
  async begin(): Promise<void> {
    const language = wanted();
    if (language) await this.#speak(language).catch(() => undefined);
    server.language = this.words.tag;
  }

  /** Speaks another language from now on. Rejects when its words cannot be loaded. */
  async choose(language: Language): Promise<void> {
    await this.#speak(language);
    server.language = this.words.tag;
    browser.set('language', language.tag);
  }

  /** Whether this is the language that is spoken. */
  speaks(language: Language): boolean {
    return language === this.#spoken;
  }

  async #speak(language: Language): Promise<void> {
    this.words = await language.load();
    this.#spoken = language;
    document.documentElement.lang = this.words.tag;
    document.documentElement.dir = this.words.direction;
  }
}

export const language = new Speech();
