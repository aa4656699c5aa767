/** In which language the page speaks. The languages are the files of `words/`. */
import type { Words } from '../words/en.ts';
import { server } from './server.ts';
import { browser } from './storage.ts';

const files = import.meta.glob<Words>('../words/*.ts', { eager: true, import: 'default' });

/** Every language there is. */
export const languages: readonly Words[] = Object.values(files);

function find(tag: string): Words | undefined {
  const primary = tag.split('-')[0];
  return languages.find((words) => words.tag === tag) ?? languages.find((words) => words.tag.split('-')[0] === primary);
}

function wanted(): Words {
  const tags = [browser.get('language') ?? '', ...navigator.languages, 'en'];
  const found = tags.map(find).find((words) => words !== undefined);
  if (!found) throw new Error('English is missing');
  return found;
}

class Language {
  /** The page's words. */
  words: Words = $state.raw(wanted());

  /** How dates are written: as this reader's system does, if it speaks this language. */
  readonly locale = $derived(
    navigator.languages.find((tag) => tag.split('-')[0] === this.words.tag.split('-')[0]) ?? this.words.tag,
  );

  constructor() {
    server.language = this.words.tag;
  }

  /** Speaks another language from now on. */
  choose(words: Words): void {
    this.words = words;
    server.language = words.tag;
    browser.set('language', words.tag);
  }
}

export const language = new Language();
