/**
 * The JavaScript client of Openline. It knows nothing of any framework and needs nothing but `fetch`.
 *
 * - `Api` asks and tells: a page of history, a post, one's own name.
 * - `Line` listens: it holds one room's line open, and resumes exactly where it was cut.
 */
export { Api, type PageQuery } from './api.ts';
export { Backoff } from './backoff.ts';
export type { LineEvent } from './event.ts';
export { compareIds, parseId, type Id } from './id.ts';
export { newKey } from './key.ts';
export { Line, type LineOptions, type LineState } from './line.ts';
export { explained, ProblemError } from './problem.ts';
export { openSse } from './sse.ts';
export type { Transport } from './transport.ts';
export { preferredTransports } from './transports.ts';
export type { Author, Draft, Hello, Here, Message, Page, Person, Problem, Reset } from './types.ts';
export { wakeOnReturn } from './wake.ts';
export { openWebSocket } from './websocket.ts';
