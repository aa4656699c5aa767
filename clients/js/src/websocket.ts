/** A line over WebSocket: each message is one object under its event's name. */
import { decode } from './event.ts';
import type { Transport, TransportListener } from './transport.ts';

/** Opens the line as a WebSocket. A refused handshake tells a page nothing, so this never reports a problem. */
export const openWebSocket: Transport = (url, listener) => {
  const address = new URL(url);
  address.protocol = url.protocol.replace('http', 'ws');
  const socket = new WebSocket(address);
  let over = false;
  const end = () => {
    if (over) return;
    over = true;
    socket.close();
  };
  socket.onmessage = ({ data }) => {
    if (over || typeof data !== 'string') return;
    listener.heard();
    report(data, listener);
  };
  socket.onclose = () => {
    if (over) return;
    over = true;
    listener.ended();
  };
  return end;
};

function report(text: string, listener: TransportListener): void {
  const object = JSON.parse(text) as Record<string, unknown>;
  // Answers to commands have a `ref`; this transport sends none.
  if ('ref' in object) return;
  for (const [name, value] of Object.entries(object)) {
    const event = decode(name, value);
    const moves = event.name === 'message' || event.name === 'heartbeat' || event.name === 'reset';
    listener.event(event, moves ? (value as { id?: string }).id : undefined);
  }
}
