// What all of these servers share: reading a post, listening, and ending with whoever started them.

/** Hands on what is posted to /rooms/{room} and answers at once; says whether it was a post. */
export function posted(request, answer, say) {
    if (request.method !== 'POST') return false;
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
        say(request.url.slice('/rooms/'.length), Buffer.concat(pieces).toString());
        answer.writeHead(201);
        answer.end();
    });
    return true;
}

/** The rooms that a request names: /rooms/{room}, or any path with ?room= once or more. */
export function roomsOf(target) {
    const url = new URL(target, 'http://server');
    return url.pathname.startsWith('/rooms/') ? [url.pathname.slice(7)] : url.searchParams.getAll('room');
}

/** Listens on the port that is the first argument, until standard input ends. */
export function listen(server) {
    server.keepAliveTimeout = 3_600_000;
    server.listen(Number(process.argv[2]), '127.0.0.1', 32767);
    process.stdin.on('end', () => process.exit()).resume();
}
