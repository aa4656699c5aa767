/** Moments as the reader's language writes them. A formatter is dear to make, so each is made once a language. */
import { language } from '../state/language.svelte.ts';

const made = new Map<string, Intl.DateTimeFormat>();

function format(at: Date, name: string, options: Intl.DateTimeFormatOptions): string {
  const key = `${name} ${language.locale}`;
  let formatter = made.get(key);
  if (!formatter) made.set(key, (formatter = new Intl.DateTimeFormat(language.locale, options)));
  return formatter.format(at);
}

/** The time of day. */
export const shortTime = (at: Date) => format(at, 'short', { hour: 'numeric', minute: '2-digit' });

/** Day and time, in full. */
export const fullTime = (at: Date) => format(at, 'full', { dateStyle: 'full', timeStyle: 'medium' });

/** Day and time, short: for lists. */
export const listTime = (at: Date) => format(at, 'list', { dateStyle: 'medium', timeStyle: 'short' });
