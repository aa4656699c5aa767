// A broadcast as the README of `ws` writes it, for each room; without compression, which is its default.
import http from 'node:http';
import { WebSocketServer, WebSocket } from 'ws';
import { listen, posted, roomsOf } from './posted.mjs';

const rooms = new Map();

const server = http.createServer((request, response) => {
    const isPost = posted(request, response, (room, body) => {
        for (const client of rooms.get(room) ?? []) {
            if (client.readyState === WebSocket.OPEN) client.send(body);
        }
    });
    if (!isPost) response.writeHead(404).end();
});
const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket, request) => {
    const heard = roomsOf(request.url);
    for (const room of heard) {
        if (!rooms.has(room)) rooms.set(room, new Set());
        rooms.get(room).add(socket);
    }
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
        for (const room of heard) rooms.get(room).delete(socket);
    });
    socket.send('hello');
});
listen(server);
