/**
 * Keeps the page as high as what the on-screen keyboard leaves of it. Chromium does so by itself
 * (`interactive-widget`), Safari tells only through `visualViewport`.
 */
export function followKeyboard(): void {
  const view = window.visualViewport;
  if (!view) return;
  const follow = () => {
    // Pinched in, the visual viewport is a part of the page, and the page stays as it is.
    if (view.scale > 1.01) return;
    document.documentElement.style.setProperty('--height', `${view.height}px`);
    // Safari scrolls the page to show the focused field; it is in view already.
    window.scrollTo(0, 0);
  };
  view.addEventListener('resize', follow);
  follow();
}
