/** Light or dark. `head-start.js` has applied the choice before this runs. */
import { browser } from './storage.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type ThemeName = (typeof themes)[number];

/** What a browser paints around the page is as the page is, also where somebody has chosen otherwise than their system. */
export function colourFrame(): void {
  const { backgroundColor } = getComputedStyle(document.documentElement);
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    if (browser.get('theme') === undefined) meta.content = meta.dataset.content ?? meta.content;
    else {
      meta.dataset.content ??= meta.content;
      meta.content = backgroundColor;
    }
  }
}

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
    colourFrame();
  }
}

export const theme = new Theme();
