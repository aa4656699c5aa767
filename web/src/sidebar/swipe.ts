/** The rooms come by a swipe from the edge and go by one back. */

/** Pixels from the edge where the swipe may begin: past those that iOS keeps for going back. */
const EDGE = 40;
/** Pixels after which it counts. */
const FAR = 56;

/** Listens on the window; gives how to stop. */
export function watchSwipes(isOpen: () => boolean, turn: (open: boolean) => void): () => void {
  let from: { x: number; y: number } | undefined;
  const isRightToLeft = () => getComputedStyle(document.documentElement).direction === 'rtl';
  /** How far from the edge at which lines begin. */
  const inward = (x: number) => (isRightToLeft() ? innerWidth - x : x);

  function start({ touches }: TouchEvent) {
    const touch = touches.length === 1 ? touches[0] : undefined;
    from = touch && (isOpen() || inward(touch.clientX) <= EDGE) ? { x: touch.clientX, y: touch.clientY } : undefined;
  }

  function move({ touches }: TouchEvent) {
    const touch = touches[0];
    if (!from || !touch) return;
    const across = inward(touch.clientX) - inward(from.x);
    if (Math.abs(touch.clientY - from.y) > Math.abs(across)) {
      // Somebody scrolls.
      if (Math.abs(touch.clientY - from.y) > 12) from = undefined;
    } else if (across > FAR && !isOpen()) finish(true);
    else if (across < -FAR && isOpen()) finish(false);
  }

  function finish(open: boolean) {
    from = undefined;
    turn(open);
  }

  const passive = { passive: true } as const;
  addEventListener('touchstart', start, passive);
  addEventListener('touchmove', move, passive);
  return () => {
    removeEventListener('touchstart', start);
    removeEventListener('touchmove', move);
  };
}
