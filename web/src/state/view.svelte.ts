/** What lies open beside and over the conversation. */
import type { Thread } from './thread.svelte.ts';

export type Panel = { readonly kind: 'people' } | { readonly kind: 'thread'; readonly thread: Thread };

class View {
  /** On a phone: the list of rooms. */
  drawer = $state(false);
  /** Beside the conversation. */
  panel: Panel | undefined = $state.raw();
  /** Over everything: the name of a dialog. */
  dialog: string | undefined = $state();
}

export const view = new View();
