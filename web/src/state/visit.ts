/** Coming into a room and going out again. */
import { ProblemError } from 'openline';
import { connection } from './connection.svelte.ts';
import { isBehind } from './fresh.ts';
import { me } from './me.svelte.ts';
import { openOffline } from './offline.ts';
import { place } from './place.svelte.ts';
import { presence } from './presence.svelte.ts';
import type { Room } from './room.svelte.ts';
import { rooms } from './rooms.svelte.ts';
import { writing } from './writing.svelte.ts';

/** Comes in, and to a message if there is one to come to. Gives how to go out. */
export function visit(room: Room, message?: string): () => void {
  const visiting = new AbortController();
  void come(room, visiting.signal, message);
  return () => {
    visiting.abort();
    room.goOut();
    connection.visit(undefined);
    if (!room.joined) presence.forget(room.id);
  };
}

async function come(room: Room, signal: AbortSignal, message: string | undefined): Promise<void> {
  if (!room.history.loaded) await rooms.recallRoom(room);
  if (room.joined && room.isCurrent) {
    arrive(room);
    if (message !== undefined) await room.jumpTo(message);
    return;
  }
  // A room that one is in is read while the list is. Another is joined first, so that nothing falls between.
  const early = room.joined ? room.load(signal, message) : undefined;
  await rooms.ready;
  if (!room.joined && !signal.aborted) await join(room, signal);
  let page = await (early ?? (signal.aborted ? undefined : room.load(signal, message)));
  // Where one may not come in one listens from outside, if one may: the server refuses a line with a room that is closed.
  if (page && !room.joined && !signal.aborted) connection.visit(page.about?.id ?? room.id);
  // Read before the line began to hear this room.
  while (page && isBehind(page, connection.since)) page = await room.load(signal, message);
  if (!page || signal.aborted) return;
  const real = page.about ? rooms.know(page.about, page.head) : room;
  if (real === room) return arrive(room);
  real.drafts.take(room.id);
  writing.move(room.id, real.id);
  place.correct(real.address);
}

function arrive(room: Room): void {
  place.correct(room.address);
  place.remember(room.address);
  room.arrive();
  // What follows is for later: nothing waits for it.
  void rooms.readAhead();
  openOffline();
}

/** Whoever opens a public room is in it, where that may be and there is one. */
async function join(room: Room, signal: AbortSignal): Promise<void> {
  if (room.kind !== 'public') return;
  try {
    const about = await connection.insist(() => room.join(), signal);
    if (!signal.aborted) rooms.add(rooms.know(about));
  } catch (error) {
    if (signal.aborted || me.heed(error)) return;
    if (!(error instanceof ProblemError)) throw error;
  }
}
