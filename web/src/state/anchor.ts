/** What is being read: it stays where it is on the screen while rows come and go around it. */

/** So many rows in view are remembered: the first of them that is still there afterwards holds the others. */
const ROWS = 8;

export class Anchor {
  #rows: readonly { readonly row: HTMLElement; readonly top: number }[] = [];

  /** Remembers the rows in view, and gives the first of them. */
  take(list: HTMLElement): HTMLElement | undefined {
    const { top } = list.getBoundingClientRect();
    const rows = [...list.querySelectorAll<HTMLElement>('article')];
    const first = rows.findIndex((row) => row.getBoundingClientRect().bottom > top);
    const inView = first < 0 ? [] : rows.slice(first, first + ROWS);
    this.#rows = inView.map((row) => ({ row, top: row.getBoundingClientRect().top - top }));
    return inView[0];
  }

  /** Brings them back to where they were. */
  restore(list: HTMLElement): void {
    const held = this.#rows.find(({ row }) => row.isConnected);
    if (!held) return;
    const { top } = list.getBoundingClientRect();
    list.scrollTop += held.row.getBoundingClientRect().top - top - held.top;
  }
}
