// Socket.IO with rooms, over WebSocket alone, as its guide on performance advises (with `bufferutil`, and without
// keeping the first request of each connection). Its pings are an hour apart: the load does not answer them.
import http from 'node:http';
import { Server } from 'socket.io';
import { listen, posted, roomsOf } from './posted.mjs';

const server = http.createServer();
const io = new Server(server, {
    transports: ['websocket'],
    serveClient: false,
    perMessageDeflate: false,
    pingInterval: 3_600_000,
});
// Socket.IO answers its own path and leaves the rest to us.
server.on('request', (request, response) => {
    if (request.url.startsWith('/socket.io/')) return;
    if (!posted(request, response, (room, body) => io.to(room).emit('message', body))) response.writeHead(404).end();
});
io.on('connection', (socket) => {
    socket.join(roomsOf(`/?${new URLSearchParams(socket.handshake.query)}`).flatMap((rooms) => rooms.split(',')));
    socket.conn.request = null;
    socket.emit('hello');
});
listen(server);
