//! What a floor says: the same heads, greetings and events as Openline, to the byte but for ids and times. A stream
//! has no chunks: it ends with its connection.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use openline::load::Carrier;
use sha1::{Digest, Sha1};

/// What the text of every id begins with.
const EPOCH: &str = "00f10025";
const AT: &str = "2026-11-20T08:00:00.000Z";
const DATE: &str = "Fri, 20 Nov 2026 08:00:00 GMT";
const HELLO: &str = "\"connection\":\"2ded4b3184cee26c\",\"client\":\"bfa4b1fe0e7e1f8d\"";

/// One event in the form in which each carrier has it.
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

    /// As this carrier has it.
    pub fn of(&self, carrier: Carrier) -> &[u8] {
        match carrier {
            Carrier::Sse => &self.sse,
            Carrier::WebSocket => &self.websocket,
        }
    }
}

fn message(number: u64, room: &str, body: &str) -> String {
    format!("{{\"id\":\"{EPOCH}-{number}\",\"room\":\"{room}\",\"at\":\"{AT}\",\"body\":\"{body}\"}}")
}

/// The answer to a post.
pub fn created(number: u64, room: &str, body: &[u8]) -> Bytes {
    let json = message(number, room, &String::from_utf8_lossy(body));
    let answer = format!(
        "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncache-control: no-store\r\n\
         location: /rooms/{room}/{EPOCH}-{number}\r\nx-content-type-options: nosniff\r\n\
         content-length: {}\r\ndate: {DATE}\r\n\r\n{json}\n",
        json.len() + 1
    );
    Bytes::from(answer)
}

/// The answer to what a floor does not do.
pub fn refused() -> Bytes {
    Bytes::from_static(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
}

/// What a line is told first.
pub struct Greeting<'a> {
    /// Its rooms, and how many lines each has by now.
    pub rooms: &'a [(String, usize)],
    /// The number after which it goes on, 0 from the beginning; nothing from now on.
    pub after: Option<u64>,
    /// The number that is reached.
    pub head: u64,
}

impl Greeting<'_> {
    /// The head of the answer, and the first events; `key` is that of a WebSocket's handshake.
    pub fn of(&self, carrier: Carrier, key: &str) -> Bytes {
        match carrier {
            Carrier::Sse => self.sse().into(),
            Carrier::WebSocket => self.websocket(key).into(),
        }
    }

    fn sse(&self) -> String {
        let Greeting { rooms, after, head } = self;
        // A line of one room is asked for at the room itself, and one of several is not.
        let link = match rooms {
            [(room, _)] => format!("link: </rooms/{room}>; rel=\"canonical\"\r\n"),
            _ => String::new(),
        };
        // Who hears a room from its beginning has no id to come back with yet.
        let id = match after.unwrap_or(*head) {
            0 if after.is_some() => String::new(),
            number => format!("id: {EPOCH}-{number}\n"),
        };
        let mut text = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store, no-transform\r\n\
             x-accel-buffering: no\r\nvary: accept\r\n{link}x-content-type-options: nosniff\r\n\
             connection: close\r\ndate: {DATE}\r\n\r\n\
             retry: 2782\n\n{id}event: hello\ndata: {{{HELLO},\"head\":\"{EPOCH}-{head}\"}}\n\n"
        );
        for (room, count) in *rooms {
            let _ = write!(text, "event: here\ndata: {}\n\n", here(room, *count));
        }
        text
    }

    fn websocket(&self, key: &str) -> Vec<u8> {
        // RFC 6455, section 1.3.
        let whole = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
        let accept = STANDARD.encode(Sha1::digest(whole.as_bytes()));
        let mut bytes = format!(
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
             sec-websocket-accept: {accept}\r\nx-content-type-options: nosniff\r\ndate: {DATE}\r\n\r\n"
        )
        .into_bytes();
        bytes.extend(frame(&format!("{{\"hello\":{{{HELLO},\"head\":\"{EPOCH}-{}\"}}}}", self.head)));
        for (room, count) in self.rooms {
            bytes.extend(frame(&format!("{{\"here\":{}}}", here(room, *count))));
        }
        bytes
    }
}

fn here(room: &str, count: usize) -> String {
    format!("{{\"count\":{count},\"people\":[],\"room\":\"{room}\"}}")
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
