import type { Caller } from './caller.ts';
import { sseWith } from './sse.ts';
import type { Transport } from './transport.ts';
import { openWebSocket } from './websocket.ts';

/**
 * The transports to try, best first. In a page it depends on how the page itself came: over HTTP/2 and later an
 * event stream is one more stream of the same connection; over HTTP/1.1 it would be one of the only six that a
 * browser opens to a host, which a WebSocket is not. A WebSocket sends no token, and older Nodes have none.
 */
export function transportsFor(caller: Caller): readonly [Transport, ...Transport[]] {
  const openSse = sseWith(() => caller.headers());
  if (caller.hasToken || typeof WebSocket === 'undefined') return [openSse];
  // A page that a worker kept came over nothing: then what it has asked for since tells.
  const entries = ['navigation', 'resource'].flatMap((type) => performance.getEntriesByType(type) as PerformanceResourceTiming[]);
  const multiplexed = /^h[23]/.test(entries.find(({ nextHopProtocol }) => nextHopProtocol)?.nextHopProtocol ?? '');
  return multiplexed ? [openSse, openWebSocket] : [openWebSocket, openSse];
}
