/**
 * The JavaScript client of Openline. It knows nothing of any framework and needs nothing but `fetch`.
 *
 * - `Api` is the server: it asks and tells, and `listen` opens a line.
 * - `Line` is what listens: held open, and resumed exactly where it was cut.
 * - `retry` repeats what may be repeated, until there is an answer.
 */
export { Api, type Hearing, type ListenOptions } from './api.ts';
export { Backoff } from './backoff.ts';
export type { BotCalls } from './calls/bots.ts';
export type { LinkCalls } from './calls/links.ts';
export type { MessageCalls } from './calls/messages.ts';
export type { OwnCalls } from './calls/me.ts';
export type { PeopleCalls } from './calls/people.ts';
export type { RoomCalls } from './calls/rooms.ts';
export type { SessionCalls } from './calls/session.ts';
export { type CallerOptions, type CallOptions } from './caller.ts';
export type { LineEvent, LineObjects } from './event.ts';
export { compareIds, parseId, type Id } from './id.ts';
export { newKey } from './key.ts';
export { Line, type LineOptions, type LineState } from './line.ts';
export type * from './objects/line.ts';
export type * from './objects/link.ts';
export type * from './objects/message.ts';
export type * from './objects/person.ts';
export type * from './objects/room.ts';
export { explained, ProblemError, type Problem, type ProblemCode } from './problem.ts';
export { mayPass, retry, type RetryOptions } from './retry.ts';
export { sseWith } from './sse.ts';
export type { Transport, TransportListener } from './transport.ts';
export { wakeOnReturn } from './wake.ts';
export { openWebSocket } from './websocket.ts';
