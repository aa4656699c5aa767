/** A finger that stays where it is. */

/** Milliseconds after which a press is a long one. */
const LONG = 450;
/** Pixels that a finger that rests may still move. */
const RESTS = 10;

/** Tells of long presses on an element that passes its events on. */
export class LongPress {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #from = { x: 0, y: 0 };
  #wasLong = false;
  readonly #onLong: (x: number, y: number) => void;

  constructor(onLong: (x: number, y: number) => void) {
    this.#onLong = onLong;
  }

  readonly down = ({ pointerType, clientX, clientY }: PointerEvent): void => {
    this.#wasLong = false;
    this.end();
    if (pointerType === 'mouse') return;
    this.#from = { x: clientX, y: clientY };
    this.#timer = setTimeout(() => {
      this.#wasLong = true;
      this.#onLong(clientX, clientY);
    }, LONG);
  };

  readonly move = ({ clientX, clientY }: PointerEvent): void => {
    if (Math.hypot(clientX - this.#from.x, clientY - this.#from.y) > RESTS) this.end();
  };

  /** The finger is gone, or is the browser's now. */
  readonly end = (): void => clearTimeout(this.#timer);

  /** The browser's own menu would come on top of ours. */
  readonly menu = (event: MouseEvent): void => {
    if (this.#wasLong) event.preventDefault();
  };

  /** What lies under the finger is not pressed as well. */
  readonly click = (event: MouseEvent): void => {
    if (!this.#wasLong) return;
    this.#wasLong = false;
    event.preventDefault();
    event.stopPropagation();
  };
}
