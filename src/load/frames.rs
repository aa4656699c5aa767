//! WebSocket (RFC 6455) as a client speaks it: what a server's frames carry, piece by piece, and the few frames
//! that are said back. The library's own reader is a server's: it wants whole frames, and masked ones.

/// What kind of frame it is (section 5.2).
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;
/// The most that a control frame may carry.
const MOST_CONTROL: usize = 125;
/// Any mask will do, since no proxy is there to be misled.
const MASK: [u8; 4] = [0x5a, 0x17, 0xc3, 0x2e];

/// What a piece of the stream means.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A part of a message's payload.
    Payload(&'a [u8]),
    /// A ping with this payload.
    Ping(&'a [u8]),
    /// The server closes, for this reason.
    Close(&'a [u8]),
}

/// Where in the frames the next byte stands.
#[derive(Debug, Default)]
pub struct Frames {
    /// The beginning of a frame's head.
    head: [u8; 10],
    has: u8,
    /// How many bytes of the payload are still to come, once the head is whole.
    left: Option<u64>,
    /// The payload of a control frame so far.
    control: Vec<u8>,
}

impl Frames {
    /// Takes what was read, and hands over what it means.
    pub fn feed(&mut self, mut bytes: &[u8], mut hear: impl FnMut(Piece<'_>)) {
        while !bytes.is_empty() {
            let Some(left) = self.left.or_else(|| self.begin(&mut bytes)) else { return };
            let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
            let (piece, rest) = bytes.split_at(here);
            bytes = rest;
            let left = left - here as u64;
            self.left = Some(left).filter(|left| *left > 0);
            self.take(piece, left == 0, &mut hear);
        }
    }

    /// Reads on in a head; once it is whole, the length of the payload.
    fn begin(&mut self, bytes: &mut &[u8]) -> Option<u64> {
        while let Some((&byte, rest)) = bytes.split_first() {
            self.head[usize::from(self.has)] = byte;
            self.has += 1;
            *bytes = rest;
            let [_, second, wide @ ..] = &self.head;
            let length = match (second & 0x7f, self.has) {
                (126, 4) => u64::from(u16::from_be_bytes([wide[0], wide[1]])),
                (127, 10) => u64::from_be_bytes(*wide),
                (short @ 0..126, 2) => u64::from(short),
                _ => continue,
            };
            self.has = 0;
            return Some(length);
        }
        None
    }

    fn take(&mut self, piece: &[u8], is_whole: bool, hear: &mut impl FnMut(Piece<'_>)) {
        let kind = self.head[0] & 0x0f;
        if kind < CLOSE {
            return hear(Piece::Payload(piece));
        }
        self.control.extend_from_slice(&piece[..piece.len().min(MOST_CONTROL)]);
        if is_whole {
            match kind {
                PING => hear(Piece::Ping(&self.control)),
                CLOSE => hear(Piece::Close(self.control.get(2..).unwrap_or_default())),
                _ => {}
            }
            self.control = Vec::new();
        }
    }
}

/// A text message, as a client sends it.
pub fn text(payload: &str) -> Vec<u8> {
    frame(TEXT, payload.as_bytes())
}

/// The answer to a ping.
pub fn pong(payload: &[u8]) -> Vec<u8> {
    frame(PONG, &payload[..payload.len().min(MOST_CONTROL)])
}

fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    const FINAL: u8 = 0x80;
    const MASKED: u8 = 0x80;
    let mut frame = vec![FINAL | kind];
    match payload.len() {
        length @ 0..=125 => frame.push(MASKED | length as u8),
        length @ 126..=0xffff => {
            frame.push(MASKED | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(MASKED | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::*;
    use crate::wire::websocket;

    /// What is heard: payloads joined, and the others as words.
    fn heard<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, Vec<String>) {
        let (mut frames, mut payload, mut others) = (Frames::default(), Vec::new(), Vec::new());
        for piece in pieces {
            frames.feed(piece, |piece| match piece {
                Piece::Payload(bytes) => payload.extend_from_slice(bytes),
                Piece::Ping(bytes) => others.push(format!("ping {}", String::from_utf8_lossy(bytes))),
                Piece::Close(bytes) => others.push(format!("close {}", String::from_utf8_lossy(bytes))),
            });
        }
        (payload, others)
    }

    #[test]
    fn what_our_server_writes_is_read_wherever_it_is_cut() {
        let texts = ["", "hello", &"x".repeat(125), &"y".repeat(126), &"z".repeat(70_000)];
        let mut bytes = Vec::new();
        for text in texts {
            bytes.extend(websocket::text(text.as_bytes()));
            bytes.extend(websocket::ping(text.as_bytes()));
        }
        bytes.extend(websocket::ping(b""));
        bytes.extend(websocket::text(b"!"));
        bytes.extend(websocket::close(1001, "bye"));
        let pings = texts.map(|text| format!("ping {}", &text[..text.len().min(125)]));
        let others: Vec<String> =
            pings.into_iter().chain(["ping ".to_owned(), "close bye".to_owned()]).collect();
        let payload = texts.concat() + "!";
        for size in [1, 2, 3, 7, 1000, bytes.len()] {
            let (said, rest) = heard(bytes.chunks(size));
            assert!(said == payload.as_bytes(), "in pieces of {size}");
            assert_eq!(rest, others, "in pieces of {size}");
        }
    }

    #[test]
    fn what_is_said_is_read_by_our_server() {
        for length in [0, 5, 125, 126, 65_535, 65_536] {
            let said = "x".repeat(length);
            let mut bytes = BytesMut::from(&text(&said)[..]);
            bytes.extend(pong(b"again"));
            let mut reader = websocket::Reader::new(100_000);
            assert_eq!(reader.read(&mut bytes), Ok(Some(websocket::Incoming::Text(said))));
            assert_eq!(reader.read(&mut bytes), Ok(Some(websocket::Incoming::Pong("again".into()))));
        }
    }
}
