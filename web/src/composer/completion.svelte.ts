/** The list of suggestions of one field: what is in it, which is chosen, and the keys that it takes. */
import { language } from '../state/language.svelte.ts';
import type { Room } from '../state/room.svelte.ts';
import { completing, type Completing } from '../text/completing.ts';
import { suggest, type Suggestion } from './suggest.ts';

export class Completion {
  list: readonly Suggestion[] = $state.raw([]);
  chosen = $state(0);
  readonly #room: () => Room;
  readonly #onChoose: (suggestion: Suggestion, start: number) => void;
  #at: Completing | undefined;
  /** The place of a trigger whose list was closed: it stays closed while that is written on. */
  #dismissed: number | undefined;
  #asked = 0;

  constructor(room: () => Room, onChoose: (suggestion: Suggestion, start: number) => void) {
    this.#room = room;
    this.#onChoose = onChoose;
  }

  /** The text or the caret is elsewhere. */
  async follow(text: string, caret: number): Promise<void> {
    const at = completing(text, caret);
    if (at?.start !== this.#dismissed) this.#dismissed = undefined;
    this.#at = this.#dismissed === undefined ? at : undefined;
    this.#asked += 1;
    const asked = this.#asked;
    const list = this.#at ? await suggest(this.#at, this.#room(), language.words.hereHint).catch(() => []) : [];
    // Somebody has written on meanwhile.
    if (asked !== this.#asked) return;
    this.list = list;
    this.chosen = 0;
  }

  /** Closes the list, and only that; and keeps it closed while that word is written on. */
  dismiss(): void {
    const start = this.#at?.start;
    this.close();
    this.#dismissed = start;
  }

  /** There is nothing to complete any more. */
  close(): void {
    this.#dismissed = undefined;
    this.#asked += 1;
    this.#at = undefined;
    this.list = [];
  }

  choose(suggestion: Suggestion): void {
    const start = this.#at?.start;
    this.close();
    if (start !== undefined) this.#onChoose(suggestion, start);
  }

  /** Takes a key, if it is for the list. */
  takes(key: string): boolean {
    const current = this.list[this.chosen];
    if (!current) return false;
    if (key === 'Enter' || key === 'Tab') this.choose(current);
    else if (key === 'Escape') this.dismiss();
    else if (key === 'ArrowDown') this.chosen = (this.chosen + 1) % this.list.length;
    else if (key === 'ArrowUp') this.chosen = (this.chosen + this.list.length - 1) % this.list.length;
    else return false;
    return true;
  }
}
