/** What day it is, also when the page stays open over midnight. */
import { language } from './language.svelte.ts';
import { sameDay } from './rows.ts';

class Today {
  date = $state.raw(new Date());

  constructor() {
    this.#waitForMidnight();
    // A timer stands still while the machine sleeps.
    document.addEventListener('visibilitychange', () => (this.date = new Date()));
  }

  #waitForMidnight(): void {
    const now = new Date();
    const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
    setTimeout(() => {
      this.date = new Date();
      this.#waitForMidnight();
    }, midnight.getTime() - now.getTime() + 50);
  }
}

export const today = new Today();

/** A day as one says it today. */
export function dayName(at: Date): string {
  const now = today.date;
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (sameDay(at, now)) return language.words.today;
  if (sameDay(at, yesterday)) return language.words.yesterday;
  const year = at.getFullYear() === now.getFullYear() ? undefined : 'numeric';
  return new Intl.DateTimeFormat(language.locale, { weekday: 'long', month: 'long', day: 'numeric', year }).format(at);
}
