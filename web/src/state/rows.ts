/** What the list shows: messages and what is on its way, in groups, with a line before each new day and before what is new. */
import { compareIds, type Author, type Message } from 'openline';
import type { Entry } from './outbox.ts';

/** A line that begins a day. */
export interface DayRow {
  readonly kind: 'day';
  readonly key: string;
  readonly at: Date;
}

/** The line between what one had read on coming and what was new. */
export interface UnreadRow {
  readonly kind: 'unread';
  readonly key: 'unread';
}

/** A message. */
export interface MessageRow {
  readonly kind: 'message';
  readonly key: string;
  readonly message: Message;
  readonly at: Date;
  /** Whether it begins a group, and so shows face, name and time. */
  readonly leads: boolean;
  readonly own: boolean;
  /** Whether it is the last of one's own in its state: the one that says so. */
  readonly marked: boolean;
  readonly state: 'sent' | Entry['state'];
  /** Why it was refused, or why it waits. */
  readonly reason: string | undefined;
  /** Who has read up to here; only on the row that says so. */
  readonly readBy: readonly Author[];
}

/** Where something is missing: newer messages that are not loaded. */
export interface GapRow {
  readonly kind: 'gap';
  readonly key: 'gap';
}

export type Row = DayRow | UnreadRow | MessageRow | GapRow;

/** What rows are made of. */
export interface RowSource {
  readonly messages: readonly Message[];
  readonly entries: readonly Entry[];
  readonly room: string;
  readonly me: Author | null | undefined;
  readonly sentKeys: ReadonlyMap<string, string>;
  /** The message after which the divider stands, if there is one. */
  readonly divider?: string | undefined;
  /** Whether there are messages before the first. */
  readonly hasOlder?: boolean;
  /** Whether there are messages after the last. */
  readonly hasNewer?: boolean;
  /** Who is in the room and how far each has read, where that is told. */
  readonly members?: readonly Author[] | undefined;
  readonly reads?: ReadonlyMap<string, string>;
}

/** Within so many milliseconds of the last a message of the same author belongs to the same group. */
const GROUP = 5 * 60_000;

/** Makes the rows, oldest first. Each has a key of its own, which it keeps from being written to being stored. */
export function rowsOf(source: RowSource): Row[] {
  const rows: Row[] = [];
  const messages = stored(source);
  const firstNew = messages[firstUnread(messages, source)];
  const waiting = pending(source);
  let previous: MessageRow | undefined;
  for (const row of [...messages, ...waiting]) {
    if (source.hasNewer && row === waiting[0]) {
      rows.push({ kind: 'gap', key: 'gap' });
      previous = undefined;
    }
    const newDay = !previous || !sameDay(previous.at, row.at);
    if (newDay) rows.push({ kind: 'day', key: `day ${row.key}`, at: row.at });
    if (row === firstNew) rows.push({ kind: 'unread', key: 'unread' });
    const leads = newDay || row === firstNew || !previous || !sameGroup(previous, row);
    rows.push({ ...row, leads });
    previous = row;
  }
  if (source.hasNewer && waiting.length === 0) rows.push({ kind: 'gap', key: 'gap' });
  return rows;
}

/** Where the divider stands: before the first message of somebody else after it; -1 when that is not loaded. */
function firstUnread(rows: readonly MessageRow[], { divider, hasOlder }: RowSource): number {
  if (divider === undefined) return -1;
  const read = lastUpTo(rows, divider);
  // Nothing that is loaded was read: the line is further up, unless there is nothing further up.
  if (read < 0 && hasOlder) return -1;
  return rows.findIndex(({ own, message }, at) => at > read && !own && message.id !== undefined);
}

/** The last row that is not after a place in the log. Rows of other epochs say nothing about it. */
function lastUpTo(rows: readonly MessageRow[], id: string): number {
  return rows.findLastIndex(({ message }) => message.id !== undefined && (compareIds(message.id, id) ?? 1) <= 0);
}

type Loose = Omit<MessageRow, 'leads'> & { leads: boolean };

function stored({ messages, me, sentKeys, members, reads }: RowSource): Loose[] {
  const isOwn = ({ by }: Message) => me != null && by?.id === me.id;
  const lastOwn = messages.findLast((message) => isOwn(message) && !message.deleted);
  return messages.map((message, index) => ({
    kind: 'message',
    key: message.id === undefined ? `signal ${message.at} ${index}` : (sentKeys.get(message.id) ?? message.id),
    message,
    at: new Date(message.at),
    leads: true,
    own: isOwn(message),
    marked: message === lastOwn,
    state: 'sent',
    reason: undefined,
    readBy: message === lastOwn && message.id !== undefined ? readersOf(message.id, members, reads).filter(({ id }) => id !== me?.id) : [],
  }));
}

function readersOf(message: string, members: readonly Author[] = [], reads: RowSource['reads'] = new Map()): Author[] {
  return members.filter(({ id }) => (compareIds(reads.get(id) ?? '', message) ?? -1) >= 0);
}

function pending({ entries, room, me }: RowSource): Loose[] {
  const lastWaiting = entries.findLast(({ state }) => state === 'waiting');
  return entries.map(({ key, body, at, state, reason, reply_to }) => ({
    kind: 'message',
    key,
    message: { room, at, body, key, ...(me ? { by: me } : {}), ...(reply_to === undefined ? {} : { reply_to }) },
    at: new Date(at),
    leads: true,
    own: true,
    marked: key === lastWaiting?.key,
    state,
    reason,
    readBy: [],
  }));
}

/** Whether two moments are on the same day where the reader is. */
export function sameDay(a: Date, b: Date): boolean {
  return a.toDateString() === b.toDateString();
}

function sameGroup(a: Loose, b: Loose): boolean {
  const apart = Math.abs(b.at.getTime() - a.at.getTime());
  return a.message.by?.id === b.message.by?.id && apart < GROUP;
}
