/**
 * A line over Server-Sent Events, read with `fetch`. The browser's own `EventSource` would hide three things
 * that we need: heartbeats (is the line alive?), events of a type not known beforehand, and the status of a
 * refusal.
 */
import { decode } from './event.ts';
import { ProblemError } from './problem.ts';
import { SseParser, type SseBlock } from './sse-parser.ts';
import type { Transport, TransportListener } from './transport.ts';

/** Opens the line as an event stream. */
export const openSse: Transport = (url, listener) => {
  const abort = new AbortController();
  read(url, listener, abort.signal)
    .catch((error: unknown) => (error instanceof ProblemError && !error.mayPass ? error.problem : undefined))
    .then((refused) => {
      if (!abort.signal.aborted) listener.ended(refused);
    });
  return () => abort.abort();
};

async function read(url: URL, listener: TransportListener, signal: AbortSignal): Promise<undefined> {
  const headers = { accept: 'text/event-stream, application/problem+json' };
  const response = await fetch(url, { headers, signal, cache: 'no-store' });
  if (!response.ok || !response.body) throw await ProblemError.from(response);

  const parser = new SseParser(
    (block) => signal.aborted || report(block, listener),
    (milliseconds) => signal.aborted || listener.retry(milliseconds),
  );
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done || signal.aborted) return;
    listener.heard();
    parser.push(value);
  }
}

function report(block: SseBlock, listener: TransportListener): void {
  if (block.data === undefined) listener.event({ name: 'heartbeat' }, block.id);
  else listener.event(decode(block.name, JSON.parse(block.data)), block.id);
}
