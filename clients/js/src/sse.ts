/**
 * A line over Server-Sent Events, read with `fetch`. The browser's own `EventSource` would hide three things
 * that we need: heartbeats (is the line alive?), events of a type not known beforehand, and the status of a
 * refusal.
 */
import { decode } from './event.ts';
import { ProblemError } from './problem.ts';
import { SseParser, type SseBlock } from './sse-parser.ts';
import type { Transport, TransportListener } from './transport.ts';

/** Opens lines as event streams, with these headers, which say who asks. */
export function sseWith(who: () => Record<string, string>): Transport {
  return (url, listener) => {
    const abort = new AbortController();
    const headers = { ...who(), accept: 'text/event-stream, application/problem+json' };
    read(url, { headers, signal: abort.signal, cache: 'no-store' }, listener)
      .catch((error: unknown) => (error instanceof ProblemError && !error.mayPass ? error.problem : undefined))
      .then((refused) => {
        if (!abort.signal.aborted) listener.ended(refused);
      });
    return () => abort.abort();
  };
}

async function read(
  url: URL,
  init: RequestInit & { signal: AbortSignal },
  listener: TransportListener,
): Promise<undefined> {
  const { signal } = init;
  const response = await fetch(url, init);
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
