/** What the line tells, passed on to whom it concerns. */
import { explained, type LineEvent, type LineObjects, type Problem } from 'openline';
import type { WhoIsHere } from './known-room.svelte.ts';
import { language } from './language.svelte.ts';
import { me } from './me.svelte.ts';
import { people } from './people.svelte.ts';
import { presence } from './presence.svelte.ts';
import type { Room } from './room.svelte.ts';

/** The rooms, as far as the line concerns them. */
interface Rooms {
  readonly here: Room;
  met(id: string): Room | undefined;
  heardHere(id: string, here: WhoIsHere): void;
  all(): Room[];
  refresh(): Promise<void>;
  leave(id: string): void;
}

/** One event. */
export function hear(rooms: Rooms, event: LineEvent): void {
  switch (event.name) {
    case 'message':
      return rooms.met(event.message.room)?.hear(event.message);
    case 'edit':
      return rooms.met(event.edit.room)?.heardEdit(event.edit);
    case 'delete':
      return rooms.met(event.delete.room)?.heardDelete(event.delete);
    case 'reaction':
      return rooms.met(event.reaction.room)?.heardReaction(event.reaction);
    case 'room':
      return heardRoom(rooms, event.room);
    case 'member':
      return heardMember(rooms, event.member);
    case 'person':
      return heardPerson(rooms, event.person);
    case 'typing':
      return rooms.met(event.typing.room)?.writers.heard(event.typing, me.person?.id);
    case 'read':
      return rooms.met(event.read.room)?.heardRead(event.read);
    case 'here':
      presence.heardHere(event.here);
      return rooms.heardHere(event.here.room, event.here);
    case 'presence':
      return presence.heard(event.presence.people);
    case 'hello':
      for (const [room, count] of Object.entries(event.hello.here ?? {})) rooms.heardHere(room, { count });
      return undefined;
    case 'reset':
      return heardReset(rooms);
    default:
      return undefined;
  }
}

/** What was missed is not told any more: everything is read anew, at once where somebody looks. */
function heardReset(rooms: Rooms): void {
  for (const room of rooms.all()) room.isCurrent = false;
  void rooms.refresh();
  const { here } = rooms;
  if (here.refused === undefined) here.renew();
  else here.openings += 1;
}

function heardRoom(rooms: Rooms, { room: id, about }: LineObjects['room']): void {
  const room = rooms.met(id);
  // Somebody made a room with oneself in it.
  if (!room?.joined) void rooms.refresh();
  if (!room?.about) return;
  const { me: mine, may } = room.about;
  room.describe({ ...about, ...(mine ? { me: mine } : {}), ...(may ? { may } : {}) });
  // What one may do there can be different now, and only an answer to oneself tells.
  void ask(room);
}

async function ask(room: Room): Promise<void> {
  try {
    await room.ask();
  } catch (error) {
    // It will be told again when the room is next opened.
    me.heed(error);
  }
}

function heardMember(rooms: Rooms, event: LineObjects['member']): void {
  const room = rooms.met(event.room);
  room?.who.heard(event.room, event);
  if (event.person.id !== me.person?.id) return;
  switch (event.change) {
    case 'removed':
    case 'banned':
      room?.close([language.words.removed, event.reason].filter(Boolean).join('\n'));
      return rooms.leave(event.room);
    case 'left':
      // One has gone on another device, or is about to look elsewhere.
      room?.close(room === rooms.here ? language.words.removed : undefined);
      return rooms.leave(event.room);
    case 'role':
      if (room) void ask(room);
      break;
    default:
      void rooms.refresh().then(() => room?.refused !== undefined && comeBack(rooms, room));
  }
}

/** One may look again at a room that was closed to one. */
function comeBack(rooms: Rooms, room: Room): void {
  if (room === rooms.here) room.openings += 1;
  else room.refused = undefined;
}

function heardPerson(rooms: Rooms, { person, change }: LineObjects['person']): void {
  people.heard(person);
  for (const room of rooms.all()) room.who.changed(person);
  if (person.id !== me.person?.id) return;
  if (change === 'gone') return void me.gone();
  me.changed(person);
  if (change === 'rooms' || change === 'role') void rooms.refresh();
  if (change === 'sessions') void me.refresh();
}

/** The server refuses the line, be it for the room that one only looks into. */
export function refused(rooms: Rooms, problem: Problem, visited: string | undefined): void {
  const room = visited === undefined ? undefined : rooms.met(visited);
  if (problem.code === 'not-signed-in') me.lost();
  else if (room) room.refused = explained(problem);
}
