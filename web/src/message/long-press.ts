/** A finger that stays where it is. */

/** Milliseconds after which a press is a long one. */
const LONG = 450;
/** Pixels that a finger that rests may still move. */
const RESTS = 10;

/** Tells of long presses on an element that spreads `listeners` onto itself. */
export class LongPress {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #from = { x: 0, y: 0 };
  #wasLong = false;
  readonly #onLong: (x: number, y: number) => void;

  constructor(onLong: (x: number, y: number) => void) {
    this.#onLong = onLong;
  }

  readonly listeners = {
    onpointerdown: (event: PointerEvent) => this.#down(event),
    onpointermove: (event: PointerEvent) => this.#move(event),
    onpointerup: () => this.#end(),
    onpointercancel: () => this.#end(),
    // The browser's own menu would come on top of ours.
    oncontextmenu: (event: MouseEvent) => this.#wasLong && event.preventDefault(),
    // What lies under the finger is not pressed as well.
    onclickcapture: (event: MouseEvent) => {
      if (!this.#wasLong) return;
      this.#wasLong = false;
      event.preventDefault();
      event.stopPropagation();
    },
  };

  #down({ pointerType, clientX, clientY }: PointerEvent): void {
    this.#wasLong = false;
    this.#end();
    if (pointerType === 'mouse') return;
    this.#from = { x: clientX, y: clientY };
    this.#timer = setTimeout(() => {
      this.#wasLong = true;
      this.#onLong(clientX, clientY);
    }, LONG);
  }

  #move({ clientX, clientY }: PointerEvent): void {
    if (Math.hypot(clientX - this.#from.x, clientY - this.#from.y) > RESTS) this.#end();
  }

  #end(): void {
    clearTimeout(this.#timer);
  }
}
