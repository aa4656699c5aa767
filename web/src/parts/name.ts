/** What somebody is called, in the reader's words where there is no name. */
import type { Author } from 'openline';
import { language } from '../state/language.svelte.ts';
import { people } from '../state/people.svelte.ts';

/** The name that they have now. */
export function nameOf(author: Author | undefined): string {
  if (!author) return language.words.anonymous;
  const person = people.current(author);
  return person.gone ? language.words.deletedPerson : person.name;
}

/** Names in a row, as the language joins them. */
export function namesOf(authors: readonly Author[]): string {
  return new Intl.ListFormat(language.locale, { type: 'conjunction' }).format(authors.map(nameOf));
}
