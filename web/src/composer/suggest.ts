/** What is offered while somebody writes `@`, `#` or `:`. */
import type { Author } from 'openline';
import { nameOf } from '../parts/name.ts';
import type { Room } from '../state/room.svelte.ts';
import { rooms } from '../state/rooms.svelte.ts';
import { matching, type Completing } from '../text/completing.ts';

export interface Suggestion {
  readonly key: string;
  /** What takes the place of what was written. */
  readonly text: string;
  readonly label: string;
  /** The emoji, or the person whose face is shown. */
  readonly emoji?: string;
  readonly person?: Author;
  readonly hint?: string;
}

/** How many are offered at once. */
const MOST = 8;

/** Looks for what fits. `hereHint` says whom `@here` means. */
export async function suggest({ trigger, word }: Completing, room: Room, hereHint: string): Promise<Suggestion[]> {
  if (trigger === ':') {
    const { found } = await import('../emoji/data.ts');
    return found(word, MOST).map(({ emoji, name }) => ({ key: name, text: emoji, label: `:${name}:`, emoji }));
  }
  if (trigger === '#') {
    const named = rooms.mine.filter(({ name }) => name !== undefined);
    return matching(named, word, ({ name }) => name ?? '')
      .slice(0, MOST)
      .map(({ id, name = '', topic }) => ({ key: id, text: `#${name}`, label: `#${name}`, ...(topic ? { hint: topic } : {}) }));
  }
  if (!room.members) await room.loadMembers().catch(() => undefined);
  const people = matching(room.members ?? [], word, nameOf)
    .slice(0, MOST)
    .map((person) => ({ key: person.id, text: `@${person.name}`, label: nameOf(person), person }));
  const everyone = room.kind !== 'direct' && 'here'.startsWith(word.toLowerCase());
  return everyone ? [...people.slice(0, MOST - 1), { key: '@here', text: '@here', label: '@here', hint: hereHint }] : people;
}
