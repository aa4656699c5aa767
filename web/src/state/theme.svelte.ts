/** Light or dark. `first-paint.js` has applied the choice before this runs. */
import { browser } from './storage.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type ThemeName = (typeof themes)[number];

class Theme {
  name: ThemeName = $state(themes.find((name) => name === browser.get('theme')) ?? 'system');

  /** Follows the system, or stays light or dark. */
  choose(name: ThemeName): void {
    this.name = name;
    if (name === 'system') {
      browser.remove('theme');
      delete document.documentElement.dataset.theme;
    } else {
      browser.set('theme', name);
      document.documentElement.dataset.theme = name;
    }
  }
}

export const theme = new Theme();
