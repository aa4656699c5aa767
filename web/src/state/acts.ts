/**
 * What one does to what was said. It shows at once, and is taken back if the server refuses; what the line tells
 * meanwhile stays.
 */
import { mayPass, ProblemError, type Message } from 'openline';
import { deleted, hasReacted, toggled, type Messages } from './changes.ts';
import { language } from './language.svelte.ts';
import { me } from './me.svelte.ts';
import { notices } from './notices.svelte.ts';
import { withMessage } from './order.ts';
import { server } from './server.ts';

/** A room, as far as its messages can be changed. */
interface Changeable {
  readonly id: string;
  readonly history: { readonly messages: Messages };
  /** What the line told to be deleted. */
  readonly deleted: ReadonlySet<string>;
  alter(change: (list: Messages) => Messages): void;
}

/** Whether it was done; if not, a notice says why. */
async function done(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (me.heed(error)) return false;
    notices.say(error instanceof ProblemError && !mayPass(error) ? error.message : language.words.networkFailed);
    return false;
  }
}

function present(room: Changeable, id: string): Message | undefined {
  return room.history.messages.find((message) => message.id === id);
}

function put(room: Changeable, message: Message): void {
  room.alter((list) => list.map((other) => (other.id === message.id ? message : other)));
}

/** Says it differently. If it is not taken, the text is the caller's to keep. */
export async function edit(room: Changeable, message: Message, body: string): Promise<boolean> {
  const { id } = message;
  if (id === undefined) return false;
  const hoped = { ...message, body, edited: new Date().toISOString() };
  put(room, hoped);
  const isTaken = await done(async () => {
    const after = await server.messages.edit(room.id, id, body);
    if (present(room, id) === hoped) put(room, after);
  });
  if (!isTaken && present(room, id) === hoped) put(room, message);
  return isTaken;
}

/** Takes it back. Where something hangs on it, an answer or a reaction, a tombstone is left. */
export async function remove(room: Changeable, message: Message): Promise<boolean> {
  const { id } = message;
  if (id === undefined) return false;
  const { body: _, data: __, quote: ___, mentions: ____, ...rest } = message;
  const time = new Date().toISOString();
  const isHeld = (message.replies ?? 0) > 0 || (message.reactions ?? []).length > 0;
  const left = isHeld ? { ...rest, deleted: time } : { id, deleted: time, gone: true as const };
  room.alter((list) => deleted(list, { message: left }));
  const isDone = await done(() => server.messages.delete(room.id, id));
  if (!isDone && !room.deleted.has(id)) room.alter((list) => withMessage(list, message));
  return isDone;
}

/** Reacts, or takes it back. */
export async function react(room: Changeable, message: Message, emoji: string): Promise<boolean> {
  const { id } = message;
  const by = me.person;
  if (id === undefined || !by) return false;
  const on = !hasReacted(message, emoji, by.id);
  const show = (on: boolean) => room.alter((list) => toggled(list, { message: id, emoji, by, on }));
  show(on);
  const isDone = await done(() => server.messages[on ? 'react' : 'unreact'](room.id, id, emoji));
  if (!isDone) show(!on);
  return isDone;
}
