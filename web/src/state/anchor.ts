/** What is being read: it stays where it is on the screen while rows come and go, grow and shrink around it. */

/** So many rows are remembered: the first of them that is still there afterwards holds the others. */
const ROWS = 8;

export class Anchor {
  #rows: readonly { readonly row: HTMLElement; readonly top: number }[] = [];

  /** Remembers the rows in view, and gives the first of them. */
  take(list: HTMLElement): HTMLElement | undefined {
    const { top, bottom } = list.getBoundingClientRect();
    const rows = [...list.querySelectorAll<HTMLElement>('article')];
    const first = Math.max(0, rows.findIndex((row) => row.getBoundingClientRect().bottom > top));
    const inView = rows.slice(first, first + ROWS).map((row) => ({ row, top: row.getBoundingClientRect().top - top }));
    // What is half above the view may change there: those that begin in view hold, if there are any.
    const whole = inView.filter((held) => held.top >= 0 && held.top < bottom - top);
    this.#rows = [...whole, ...inView];
    return rows[first];
  }

  /** Brings them back to where they were. */
  restore(list: HTMLElement): void {
    const held = this.#rows.find(({ row }) => row.isConnected);
    if (!held) return;
    const { top } = list.getBoundingClientRect();
    list.scrollTop += held.row.getBoundingClientRect().top - top - held.top;
  }
}
