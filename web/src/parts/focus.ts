/** The focus goes through a list with the arrow keys. */

/** Put this on the element that holds the buttons: ↑ and ↓ go from one to the next, Home and End to the ends. */
export function moveFocus(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const step = { ArrowDown: 1, ArrowUp: -1, Home: 0, End: 0 }[event.key];
  if (step === undefined || event.isComposing) return;
  const list = [...event.currentTarget.querySelectorAll<HTMLElement>('button:not(:disabled), a[href]')];
  const at = list.findIndex((element) => element === document.activeElement);
  const next = event.key === 'Home' ? list[0] : event.key === 'End' ? list.at(-1) : list[(at + step + list.length) % list.length];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
