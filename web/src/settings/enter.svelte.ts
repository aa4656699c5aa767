/** What Enter does in the composer. Without a choice: it sends at a desk and begins a line on a phone. */
import { browser } from '../state/storage.ts';

export const enterChoices = ['auto', 'send', 'line'] as const;
export type EnterChoice = (typeof enterChoices)[number];

/** Whether there are fingers and no mouse. */
export const touch = matchMedia('(hover: none) and (pointer: coarse)').matches;

class Enter {
  choice: EnterChoice = $state(enterChoices.find((choice) => choice === browser.get('enter')) ?? 'auto');
  /** Whether it begins a line, and only Ctrl or Cmd+Enter sends. */
  readonly beginsLine = $derived(this.choice === 'auto' ? touch : this.choice === 'line');

  choose(choice: EnterChoice): void {
    this.choice = choice;
    browser.set('enter', choice);
  }
}

export const enter = new Enter();
