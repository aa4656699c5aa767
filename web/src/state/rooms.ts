/** Every room that this page has opened: coming back, it shows at once and goes on from where it was. */
import { roomsWithEntries } from './outbox.ts';
import { Room } from './room.svelte.ts';
import { browser } from './storage.ts';

const rooms = new Map<string, Room>();

/** The room of that name, always the same object. */
export function roomNamed(name: string): Room {
  const room = rooms.get(name) ?? new Room(name);
  rooms.set(name, room);
  return room;
}

/** Sends what was written before the page was last closed, in whichever room. */
export function sendWhatWaits(): void {
  for (const name of roomsWithEntries(browser)) roomNamed(name).flush();
}
