/** What a line says, once decoded: the same from every transport. */
import type {
  Deletion,
  Edit,
  Hello,
  Here,
  MemberChanged,
  PersonChanged,
  PresenceChanged,
  Reaction,
  Read,
  Reset,
  RoomChanged,
  Typing,
} from './objects/line.ts';
import type { Message } from './objects/message.ts';
import type { Problem } from './problem.ts';

/** The server's events, each with its object. */
export interface LineObjects {
  readonly hello: Hello;
  readonly reset: Reset;
  readonly problem: Problem;
  readonly message: Message;
  readonly edit: Edit;
  readonly delete: Deletion;
  readonly reaction: Reaction;
  readonly room: RoomChanged;
  readonly member: MemberChanged;
  readonly person: PersonChanged;
  readonly here: Here;
  readonly typing: Typing;
  readonly read: Read;
  readonly presence: PresenceChanged;
}

/** One event of a line. Its object is under its name, as on the wire: `event.message` if `event.name` is `message`. */
export type LineEvent =
  | { readonly [N in keyof LineObjects]: { readonly name: N } & { readonly [Key in N]: LineObjects[N] } }[keyof LineObjects]
  | { readonly name: 'heartbeat' }
  /** One of the server's own events that this client does not know yet. */
  | { readonly name: 'unknown'; readonly event: string; readonly value: unknown };

/** Events that are told in the order of the log, and whose objects have their place in it as `id`. */
const IN_THE_LOG = new Set('message edit delete reaction room member person'.split(' '));
const KNOWN = new Set([...IN_THE_LOG, ...'hello reset problem here typing read presence'.split(' ')]);
/** The server's other names. Every name besides is a type that the author of a message chose. */
const RESERVED = new Set('ok ref open error close'.split(' '));

/** Makes an event of its name and its object. */
export function decode(name: string, value: unknown): LineEvent {
  if (name === 'heartbeat') return { name };
  if (KNOWN.has(name)) return { name, [name]: value } as unknown as LineEvent;
  if (RESERVED.has(name)) return { name: 'unknown', event: name, value };
  return { name: 'message', message: value as Message };
}

/** Whether an event is one of the log, which a line hears once. */
export function isLogged(event: LineEvent): boolean {
  return IN_THE_LOG.has(event.name);
}
