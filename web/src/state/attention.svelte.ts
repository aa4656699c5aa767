/** Whether somebody looks at this page, and when they last did something in any of its tabs. */
import { browser } from './storage.ts';

/** Milliseconds between two notes of activity for the other tabs. */
const NOTED = 20_000;

class Attention {
  /** The page can be seen, and has the keyboard. */
  looking = $state(false);
  #active = Date.now();
  #noted = 0;
  #onActive: () => void = () => {};

  constructor() {
    const look = () => (this.looking = document.visibilityState === 'visible' && document.hasFocus());
    look();
    for (const name of ['focus', 'blur', 'pageshow', 'pagehide']) addEventListener(name, look);
    document.addEventListener('visibilitychange', look);
    for (const name of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove', 'focus']) {
      addEventListener(name, () => this.#isActive(), { passive: true, capture: true });
    }
  }

  /** When somebody last did something, in any tab: milliseconds as `Date.now()` gives them. */
  get lastActive(): number {
    return Math.max(this.#active, Number(browser.get('active') ?? 0));
  }

  /** Calls whenever somebody does something here. */
  onActive(callback: () => void): void {
    this.#onActive = callback;
  }

  #isActive(): void {
    this.#active = Date.now();
    if (this.#active - this.#noted > NOTED) {
      this.#noted = this.#active;
      browser.set('active', String(this.#active));
    }
    this.#onActive();
  }
}

export const attention = new Attention();
