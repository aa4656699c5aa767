/** What a line says, once decoded: the same from every transport. */
import type { Hello, Here, Message, Problem, Reset } from './types.ts';

/** One event of a line. */
export type LineEvent =
  | { readonly name: 'hello'; readonly hello: Hello }
  | { readonly name: 'heartbeat' }
  | { readonly name: 'reset'; readonly reset: Reset }
  | { readonly name: 'here'; readonly here: Here }
  | { readonly name: 'problem'; readonly problem: Problem }
  | { readonly name: 'message'; readonly message: Message }
  /** One of the server's own events that this client does not know yet. */
  | { readonly name: 'unknown'; readonly event: string; readonly value: unknown };

/** The server's own names. Every other name is a type that the author of a message chose. */
const OWN_NAMES = new Set(
  ('hello reset problem heartbeat here typing presence ok ref open error close ' +
    'edit delete reaction member room person read').split(' '),
);

/** Makes an event of its name and its object. */
export function decode(name: string, value: unknown): LineEvent {
  switch (name) {
    case 'hello':
      return { name, hello: value as Hello };
    case 'heartbeat':
      return { name };
    case 'reset':
      return { name, reset: value as Reset };
    case 'here':
      return { name, here: value as Here };
    case 'problem':
      return { name, problem: value as Problem };
    default:
      if (OWN_NAMES.has(name)) return { name: 'unknown', event: name, value };
      return { name: 'message', message: value as Message };
  }
}
