//! What a floor says: the same heads, greetings and events as Openline, to the byte but for ids and times.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use openline::load::Carrier;
use sha1::{Digest, Sha1};

/// What the text of every id begins with.
const EPOCH: &str = "00f10025";
const AT: &str = "2026-11-20T08:00:00.000Z";
const DATE: &str = "Fri, 20 Nov 2026 08:00:00 GMT";

/// One event in the form in which each carrier carries it, without the chunk around it.
pub struct Event {
    /// `id:` and `data:`.
    pub sse: Vec<u8>,
    /// A whole frame.
    pub websocket: Vec<u8>,
}

impl Event {
    /// Somebody said this.
    pub fn message(number: u64, room: &str, body: &[u8]) -> Event {
        let body = String::from_utf8_lossy(body);
        let json = message(number, room, &body);
        let sse = format!("id: {EPOCH}-{number}\ndata: {json}\n\n").into_bytes();
        Event { sse, websocket: frame(&format!("{{\"message\":{json}}}")) }
    }

    /// What a line that waits for nothing is sent of it.
    pub fn live(&self, carrier: Carrier) -> Vec<u8> {
        match carrier {
            Carrier::Sse => chunk(&self.sse),
            Carrier::WebSocket => self.websocket.clone(),
        }
    }
}

fn message(number: u64, room: &str, body: &str) -> String {
    format!("{{\"id\":\"{EPOCH}-{number}\",\"room\":\"{room}\",\"at\":\"{AT}\",\"body\":\"{body}\"}}")
}

/// The answer to a post.
pub fn created(number: u64, room: &str, body: &[u8]) -> Vec<u8> {
    let json = message(number, room, &String::from_utf8_lossy(body));
    format!(
        "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncache-control: no-store\r\n\
         location: /rooms/{room}/{EPOCH}-{number}\r\nx-content-type-options: nosniff\r\n\
         content-length: {}\r\ndate: {DATE}\r\n\r\n{json}\n",
        json.len() + 1
    )
    .into_bytes()
}

/// The answer to what a floor does not do.
pub fn refused() -> Bytes {
    Bytes::from_static(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
}

/// What a line is sent first: the head of the answer and the greeting, which names the number after which
/// the line goes on and the one that is reached.
pub fn greeting(carrier: Carrier, key: &str, after: u64, head: u64) -> Vec<u8> {
    let hello = format!(
        "{{\"connection\":\"2ded4b3184cee26c\",\"client\":\"bfa4b1fe0e7e1f8d\",\"head\":\"{EPOCH}-{head}\"}}"
    );
    match carrier {
        Carrier::Sse => {
            let mut bytes = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store, no-transform\r\n\
                 x-accel-buffering: no\r\nvary: accept\r\nlink: </rooms/bench>; rel=\"canonical\"\r\n\
                 x-content-type-options: nosniff\r\ntransfer-encoding: chunked\r\ndate: {DATE}\r\n\r\n"
            )
            .into_bytes();
            bytes.extend(chunk(b"retry: 2782\n\n"));
            bytes.extend(chunk(format!("id: {EPOCH}-{after}\nevent: hello\ndata: {hello}\n\n").as_bytes()));
            bytes
        }
        Carrier::WebSocket => {
            // RFC 6455, section 1.3.
            let whole = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
            let accept = STANDARD.encode(Sha1::digest(whole.as_bytes()));
            let mut bytes = format!(
                "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
                 sec-websocket-accept: {accept}\r\nx-content-type-options: nosniff\r\ndate: {DATE}\r\n\r\n"
            )
            .into_bytes();
            bytes.extend(frame(&format!("{{\"hello\":{hello}}}")));
            bytes
        }
    }
}

/// What replayed text is sent as: one chunk of SSE, or frames as they are.
pub fn replayed(carrier: Carrier, said: Bytes) -> Vec<Bytes> {
    match carrier {
        _ if said.is_empty() => Vec::new(),
        Carrier::Sse => {
            vec![Bytes::from(format!("{:X}\r\n", said.len())), said, Bytes::from_static(b"\r\n")]
        }
        Carrier::WebSocket => vec![said],
    }
}

fn chunk(text: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:X}\r\n", text.len()).into_bytes();
    chunk.extend_from_slice(text);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

/// A whole text frame of a server (RFC 6455, section 5.2).
fn frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match (u8::try_from(text.len()), u16::try_from(text.len())) {
        (Ok(length), _) if length < 126 => frame.push(length),
        (_, Ok(length)) => {
            frame.push(126);
            frame.extend(length.to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend((text.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(text.as_bytes());
    frame
}
