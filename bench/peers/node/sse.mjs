// Server-Sent Events as the tutorials write them: a list of responses, and a loop that writes to each.
import http from 'node:http';
import { listen, posted, roomsOf } from './posted.mjs';

const rooms = new Map();

const server = http.createServer((request, response) => {
    const isPost = posted(request, response, (room, body) => {
        for (const client of rooms.get(room) ?? []) client.write(`data: ${body}\n\n`);
    });
    if (isPost) return;
    response.writeHead(200, {
        'Content-Type': 'text/event-stream',
        'Cache-Control': 'no-cache',
        Connection: 'keep-alive',
    });
    response.write('event: hello\ndata: {}\n\n');
    const heard = roomsOf(request.url);
    for (const room of heard) {
        if (!rooms.has(room)) rooms.set(room, new Set());
        rooms.get(room).add(response);
    }
    request.on('close', () => {
        for (const room of heard) rooms.get(room).delete(response);
    });
});
listen(server);
