/**
 * What happens to messages after they were said, as functions of a list: each gives the same list when it does
 * not concern it, and doing it twice is doing it once.
 */
import type { Author, Deletion, Message, Quote, Reaction, Reactions } from 'openline';

/** A list of messages, oldest first. */
export type Messages = readonly Message[];

/** So many characters of a message are quoted. */
const QUOTED = 200;
/** So many people of a reaction are named. */
const NAMED = 50;

function changed(list: Messages, id: string, to: (message: Message) => Message): Messages {
  const at = list.findIndex((message) => message.id === id);
  const before = list[at];
  return before ? list.with(at, to(before)) : list;
}

function requoted(list: Messages, id: string, to: (quote: Quote) => Quote): Messages {
  if (!list.some(({ quote }) => quote?.id === id)) return list;
  return list.map((message) => (message.quote?.id === id ? { ...message, quote: to(message.quote) } : message));
}

/** A message reads differently now, also where it is quoted. A deletion, or a later edit, stays. */
export function edited(list: Messages, message: Message): Messages {
  const { id, body } = message;
  if (id === undefined) return list;
  const after = changed(list, id, (before) => (isOlder(message, before) ? before : withMine(message, before)));
  const shortened = body === undefined ? undefined : [...body].slice(0, QUOTED).join('');
  return requoted(after, id, ({ body: _, ...quote }) => (shortened === undefined ? quote : { ...quote, body: shortened }));
}

/** A message was deleted: a tombstone is left of it, or nothing. */
export function deleted(list: Messages, { message }: Pick<Deletion, 'message'>): Messages {
  const { id } = message;
  if (id === undefined) return list;
  const after = isGone(message) ? without(list, id) : changed(list, id, (before) => withMine(message, before));
  return requoted(after, id, ({ id, by }) => ({ id, deleted: true, ...(by ? { by } : {}) }));
}

function isOlder(message: Message, before: Message): boolean {
  return before.deleted !== undefined || (before.edited ?? '') > (message.edited ?? '');
}

function isGone(message: Deletion['message']): message is Exclude<Deletion['message'], Message> {
  return 'gone' in message;
}

function without(list: Messages, id: string): Messages {
  return list.some((message) => message.id === id) ? list.filter((message) => message.id !== id) : list;
}

/** Somebody reacted, or took it back. */
export function reacted(list: Messages, { message, emoji, by, on, count }: Omit<Reaction, 'id' | 'room'>, me?: string): Messages {
  return changed(list, message, (before) => {
    const { reactions: all = [], ...rest } = before;
    const at = all.findIndex((reaction) => reaction.emoji === emoji);
    const others = (all[at]?.by ?? []).filter(({ id }) => id !== by.id);
    const mine = by.id === me ? on : all[at]?.mine === true;
    const next: Reactions = {
      emoji,
      count,
      by: on ? [...others, by].slice(0, NAMED) : others,
      ...(mine ? { mine: true } : {}),
    };
    const some = count > 0;
    const reactions = at < 0 ? [...all, ...(some ? [next] : [])] : some ? all.with(at, next) : all.toSpliced(at, 1);
    return reactions.length > 0 ? { ...rest, reactions } : rest;
  });
}

/** One reacts, or takes it back, before the server has counted it. */
export function toggled(list: Messages, act: Pick<Reaction, 'message' | 'emoji' | 'by' | 'on'>): Messages {
  const now = list.find(({ id }) => id === act.message);
  if (!now || hasReacted(now, act.emoji, act.by.id) === act.on) return list;
  const count = now.reactions?.find(({ emoji }) => emoji === act.emoji)?.count ?? 0;
  return reacted(list, { ...act, count: count + (act.on ? 1 : -1) }, act.by.id);
}

/** Somebody answered a message. */
export function answered(list: Messages, id: string): Messages {
  return changed(list, id, (message) => ({ ...message, replies: (message.replies ?? 0) + 1 }));
}

/** A line tells nobody which reactions are theirs: what was known of it stays. */
function withMine(message: Message, before: Message): Message {
  const mine = new Set(before.reactions?.filter(({ mine }) => mine).map(({ emoji }) => emoji));
  if (mine.size === 0 || !message.reactions) return message;
  const reactions = message.reactions.map((reaction) => (mine.has(reaction.emoji) ? { ...reaction, mine: true as const } : reaction));
  return { ...message, reactions };
}

/** Whether somebody has reacted to a message with an emoji. */
export function hasReacted(message: Message, emoji: string, me: string | undefined): boolean {
  const reaction = message.reactions?.find((reaction) => reaction.emoji === emoji);
  return reaction?.mine === true || (me !== undefined && reaction?.by.some(({ id }) => id === me) === true);
}

/** Whether a message is meant for somebody in particular. */
export function mentions(message: Message, me: string): boolean {
  return message.mentions_all === true || message.mentions?.some(({ id }: Author) => id === me) === true;
}
