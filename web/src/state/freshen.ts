/** Reads the rooms that one may want next while nothing else is to be done, so that they open at once and offline. */
import type { Room } from './room.svelte.ts';
import type { Snapshot } from './snapshots.ts';

/** So many rooms at most, those last spoken in. */
const MOST = 20;
/** Milliseconds between two of them. */
const PAUSE = 300;

/** What some browsers know of the connection. */
interface Connected {
  readonly connection?: { readonly saveData?: boolean };
}

/** Reads those of which this browser keeps an older picture, or none. Stops at the first that fails. */
export async function freshen(rooms: readonly Room[], kept: (room: Room) => Promise<Snapshot | undefined>): Promise<void> {
  if ((navigator as Connected).connection?.saveData) return;
  for (const room of rooms.filter(({ level, last }) => level !== 'hidden' && last !== undefined).slice(0, MOST)) {
    if (room.isCurrent || !room.joined) continue;
    const newest = (await kept(room))?.messages.at(-1)?.id;
    if (newest === room.last) continue;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    if (!(await room.peek())) return;
  }
}
