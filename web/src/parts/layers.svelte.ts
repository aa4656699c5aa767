/** The dialogs that lie over each other: what is said to everybody is said by the one on top, behind it nothing is heard. */
import { onMount } from 'svelte';

class Layers {
  #open: readonly symbol[] = $state.raw([]);

  /** Whether a layer is the one on top; without one, the page itself. */
  isTop(layer: symbol | undefined): boolean {
    return this.#open.at(-1) === layer;
  }

  /** A layer for the component that is being made, as long as it is there. */
  add(): symbol {
    const layer = Symbol('layer');
    onMount(() => {
      this.#open = [...this.#open, layer];
      return () => (this.#open = this.#open.filter((other) => other !== layer));
    });
    return layer;
  }
}

export const layers = new Layers();
