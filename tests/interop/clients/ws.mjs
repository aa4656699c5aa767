// The npm package `ws`. To come back is the program's business: it asks for what is after the last id.
import { WebSocket } from 'ws';

const url = process.argv[2].replace('http', 'ws');
let since = 'all';
let isOver = false;

function connect() {
  const socket = new WebSocket(`${url}?since=${since}`);
  socket.on('message', (text) => {
    const event = JSON.parse(text);
    const message = event.message ?? event.tick;
    if (!message) return;
    since = message.id;
    console.log(JSON.stringify(message));
    if (message.body !== 'the end') return;
    isOver = true;
    socket.close();
  });
  socket.on('error', () => {});
  socket.on('close', () => isOver || setTimeout(connect, 100));
}
connect();
