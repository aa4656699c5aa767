/** A line over WebSocket: each message is one object under its event's name. */
import { decode, isLogged } from './event.ts';
import type { Transport, TransportListener } from './transport.ts';

/** Opens the line as a WebSocket. A refused handshake tells a page nothing, so this never reports a problem. */
export const openWebSocket: Transport = (url, listener) => {
  const address = new URL(url);
  address.protocol = url.protocol.replace('http', 'ws');
  const socket = new WebSocket(address);
  let over = false;
  const hangUp = () => {
    over = true;
    socket.close();
  };
  const ended = () => {
    if (over) return;
    hangUp();
    listener.ended();
  };
  socket.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (over) return;
    listener.heard();
    const object = parse(data);
    // Passing over what cannot be read would be a gap that nobody sees; coming back is not.
    if (object) report(object, listener);
    else ended();
  };
  socket.onclose = ended;
  return hangUp;
};

function parse(data: unknown): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(String(data));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function report(object: Record<string, unknown>, listener: TransportListener): void {
  // Answers to commands have a `ref`; this transport sends none.
  if ('ref' in object) return;
  for (const [name, value] of Object.entries(object)) {
    const event = decode(name, value);
    // A signal can have an `id`, too, but that of something else.
    const moves = isLogged(event) || event.name === 'heartbeat' || event.name === 'reset';
    listener.event(event, moves ? (value as { id?: string }).id : undefined);
  }
}
