import { openSse } from './sse.ts';
import type { Transport } from './transport.ts';
import { openWebSocket } from './websocket.ts';

/**
 * The transports to try, best first, by how the page itself came. Over HTTP/2 and later an event stream is
 * one more stream of the same connection; over HTTP/1.1 it would be one of the only six that a browser
 * opens to a host, which a WebSocket is not.
 */
export function preferredTransports(): readonly [Transport, Transport] {
  const [page] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  const multiplexed = /^h[23]/.test(page?.nextHopProtocol ?? '');
  return multiplexed ? [openSse, openWebSocket] : [openWebSocket, openSse];
}
