/** What the list shows: messages and what is on its way, in groups, with a line before each new day. */
import type { Message, Person } from 'openline';
import type { Entry } from './outbox.ts';

/** A line that begins a day. */
export interface DayRow {
  readonly kind: 'day';
  readonly key: string;
  readonly at: Date;
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
  /** Why it was refused. */
  readonly reason: string | undefined;
}

export type Row = DayRow | MessageRow;

/** What rows are made of. */
export interface RowSource {
  readonly messages: readonly Message[];
  readonly entries: readonly Entry[];
  readonly room: string;
  readonly me: Person | null | undefined;
  readonly sentKeys: ReadonlyMap<string, string>;
}

/** Within so many milliseconds of the last a message of the same author belongs to the same group. */
const GROUP = 5 * 60_000;

/** Makes the rows, oldest first. Each has a key of its own, which it keeps from being written to being stored. */
export function rowsOf(source: RowSource): Row[] {
  const rows: Row[] = [];
  let previous: MessageRow | undefined;
  for (const row of [...stored(source), ...pending(source)]) {
    const newDay = !previous || !sameDay(previous.at, row.at);
    if (newDay) rows.push({ kind: 'day', key: `day ${row.key}`, at: row.at });
    const leads = newDay || !previous || !sameGroup(previous, row);
    rows.push({ ...row, leads });
    previous = row;
  }
  return rows;
}

type Loose = Omit<MessageRow, 'leads'> & { leads: boolean };

function stored({ messages, me, sentKeys }: RowSource): Loose[] {
  const isOwn = ({ by }: Message) => me != null && by?.id === me.id;
  const lastOwn = messages.findLast(isOwn);
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
  }));
}

function pending({ entries, room, me }: RowSource): Loose[] {
  const lastWaiting = entries.findLast(({ state }) => state === 'waiting');
  return entries.map(({ key, body, at, state, reason }) => ({
    kind: 'message',
    key,
    message: { room, at, body, key, ...(me ? { by: me } : {}) },
    at: new Date(at),
    leads: true,
    own: true,
    marked: key === lastWaiting?.key,
    state,
    reason,
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
