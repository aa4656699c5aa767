/** What lies open beside and over the conversation. */
import type { Thread } from './thread.svelte.ts';

export type Panel = { readonly kind: 'people' } | { readonly kind: 'thread'; readonly thread: Thread };

/** The dialogs there are. */
export type DialogName = 'switch' | 'new-room' | 'browse' | 'room' | 'invite' | 'settings' | 'people';

class View {
  /** On a phone: the list of rooms. */
  drawer = $state(false);
  /** Beside the conversation. */
  panel: Panel | undefined = $state.raw();
  /** Over everything. */
  dialog: DialogName | undefined = $state();
}

export const view = new View();
