/** A room's messages in the order of the log. These functions make new lists and change none. */
import { compareIds, type Message } from 'openline';

/** With one more message: in its place, or instead of the one with its id. */
export function withMessage(list: readonly Message[], message: Message): readonly Message[] {
  const { id } = message;
  if (id === undefined) return [...list, message];
  let at = list.length;
  for (; at > 0; at -= 1) {
    const before = list[at - 1]?.id;
    // A signal, or a message of another epoch, says nothing about order: what comes later stands later.
    const order = before === undefined ? undefined : compareIds(before, id);
    if (order === 0) return list.with(at - 1, message);
    if (order === undefined || order < 0) break;
  }
  return list.toSpliced(at, 0, message);
}

/** With one that was heard. What is there already was read later, or has changed since it was said. */
export function withHeard(list: readonly Message[], message: Message): readonly Message[] {
  const isThere = message.id !== undefined && list.some(({ id }) => id === message.id);
  return isThere ? list : withMessage(list, message);
}

/** Whether a message came after the place at which a page was taken. */
export function isBeyond({ id }: Pick<Message, 'id'>, head: string): boolean {
  return id !== undefined && (compareIds(id, head) ?? 0) > 0;
}

/** With older messages before it. */
export function withOlder(list: readonly Message[], older: readonly Message[]): readonly Message[] {
  const known = new Set(list.map(({ id }) => id));
  return [...older.filter(({ id }) => !known.has(id)), ...list];
}

/** With newer messages after it. */
export function withNewer(list: readonly Message[], newer: readonly Message[]): readonly Message[] {
  const known = new Set(list.map(({ id }) => id));
  return [...list, ...newer.filter(({ id }) => !known.has(id))];
}
