// The least backend that Pushpin needs: it answers each request by naming the channels that the connection is to
// hear, as a stream (GRIP) or over WebSocket-over-HTTP. Events do not pass through it.
import http from 'node:http';

const server = http.createServer((request, answer) => {
    const url = new URL(request.url, 'http://backend');
    const rooms = url.pathname.startsWith('/rooms/') ? [url.pathname.slice(7)] : url.searchParams.getAll('room');
    if (request.headers['content-type'] !== 'application/websocket-events') {
        answer.writeHead(200, {
            'content-type': 'text/event-stream',
            'cache-control': 'no-store',
            'grip-hold': 'stream',
            'grip-channel': rooms.join(', '),
            'grip-keep-alive': ':\\n\\n; format=cstring; timeout=55',
        });
        answer.end('event: hello\ndata: {}\n\n');
        return;
    }
    const asked = [];
    request.on('data', (piece) => asked.push(piece));
    request.on('end', () => {
        answer.writeHead(200, { 'content-type': 'application/websocket-events', 'sec-websocket-extensions': 'grip' });
        const event = (kind, text) => `${kind} ${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
        const subscribe = (room) => event('TEXT', `c:${JSON.stringify({ type: 'subscribe', channel: room })}`);
        const isOpening = Buffer.concat(asked).toString().startsWith('OPEN');
        answer.end(isOpening ? `OPEN\r\n${rooms.map(subscribe).join('')}${event('TEXT', 'm:hello')}` : '');
    });
});
server.listen(Number(process.argv[2]), '127.0.0.1', 32767);
process.stdin.on('end', () => process.exit()).resume();
