/** Coming into a room and going out again. */
import { compareIds, ProblemError, type Page } from 'openline';
import { connection } from './connection.svelte.ts';
import { me } from './me.svelte.ts';
import { openOffline } from './offline.ts';
import { place } from './place.svelte.ts';
import type { Room } from './room.svelte.ts';
import { rooms } from './rooms.svelte.ts';

/** Comes in, and to a message if there is one to come to. Gives how to go out. */
export function visit(room: Room, message?: string): () => void {
  const visiting = new AbortController();
  void come(room, visiting.signal, message);
  return () => {
    visiting.abort();
    room.goOut();
    if (!room.joined) connection.visit(undefined);
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
  if (!room.joined && !signal.aborted) await join(room);
  let page = await (early ?? (signal.aborted ? undefined : room.load(signal, message)));
  // Read before the line began, or from a server that was behind.
  while (page && isBehind(page)) page = await room.load(signal, message);
  if (!page || signal.aborted) return;
  const real = page.about ? rooms.know(page.about, page.head) : room;
  if (real === room) arrive(room);
  else place.correct(real.address);
}

function arrive(room: Room): void {
  place.correct(room.address);
  place.remember(room.address);
  room.arrive();
  // What follows is for later: nothing waits for it.
  void rooms.readAhead();
  openOffline();
}

function isBehind({ head }: Page): boolean {
  return connection.since !== undefined && (compareIds(head, connection.since) ?? 0) < 0;
}

/** Whoever opens a public room is in it. Where that may not be, or there is no room yet, one listens from outside. */
async function join(room: Room): Promise<void> {
  if (room.kind === 'public') {
    try {
      const about = await connection.insist(() => room.join());
      rooms.add(rooms.know(about));
      return;
    } catch (error) {
      if (me.heed(error)) return;
      if (!(error instanceof ProblemError)) throw error;
    }
  }
  connection.visit(room.id);
}
