//! What a client sends (RFC 6455, sections 5 and 7.4), read as it comes. It owns the fragments of a
//! message that is not yet complete, and reserves no memory for what a client only announces.

use bytes::{Buf, Bytes, BytesMut};

use super::frame::{MAX_CONTROL, opcode};

/// What a client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Bytes),
    /// A ping, to be answered by a pong with the same payload.
    Ping(Bytes),
    /// A pong.
    Pong(Bytes),
    /// The client closes; nothing that follows counts.
    Close {
        /// Why, as a number, if the client says so.
        code: Option<u16>,
        /// Why, in words; often empty.
        reason: String,
    },
}

/// A client broke the rules. The connection is to be closed with this code and reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{reason} (close code {code})")]
pub struct Violation {
    /// The close code (RFC 6455, section 7.4.1).
    pub code: u16,
    /// What was wrong.
    pub reason: &'static str,
}

/// An incremental reader of client frames.
#[derive(Debug)]
pub struct Reader {
    max: usize,
    unfinished: Option<Message>,
}

/// The fragments of a message so far.
#[derive(Debug)]
struct Message {
    is_text: bool,
    payload: Vec<u8>,
}

/// The head of a frame that has come whole, and that is allowed here.
struct Head {
    is_final: bool,
    opcode: u8,
    /// How long the head itself is.
    bytes: usize,
    /// How long the payload is.
    length: usize,
    mask: [u8; 4],
}

impl Reader {
    /// A reader at the beginning of a connection that takes messages of at most `max_message_bytes`.
    pub fn new(max_message_bytes: usize) -> Self {
        Reader { max: max_message_bytes, unfinished: None }
    }

    /// Takes the next message or control frame off the front of `buffer`, if it has come whole. The
    /// buffer never needs to hold more than the largest message and 14 bytes. After a violation the
    /// connection is of no more use.
    pub fn read(&mut self, buffer: &mut BytesMut) -> Result<Option<Incoming>, Violation> {
        while let Some(head) = self.head(buffer)? {
            if buffer.len() - head.bytes < head.length {
                return Ok(None);
            }
            buffer.advance(head.bytes);
            let mut payload = buffer.split_to(head.length);
            for (byte, mask) in payload.iter_mut().zip(head.mask.iter().cycle()) {
                *byte ^= mask;
            }
            if let Some(incoming) = self.take(&head, payload)? {
                return Ok(Some(incoming));
            }
        }
        Ok(None)
    }

    /// The head at the front of the buffer. What is wrong with it is said as early as it can be seen.
    fn head(&self, buffer: &[u8]) -> Result<Option<Head>, Violation> {
        let &[first, second, ref rest @ ..] = buffer else {
            return Ok(None);
        };
        let (is_final, opcode, short) = (first & 0x80 != 0, first & 0x0f, usize::from(second & 0x7f));
        self.check_order(is_final, opcode, short, first & 0x70 != 0)?;
        if second & 0x80 == 0 {
            return Err(protocol("a client must mask its frames"));
        }
        let Some((length, wide)) = length(short, rest)? else {
            return Ok(None);
        };
        let held = self.unfinished.as_ref().map_or(0, |message| message.payload.len());
        let allowed = if is_control(opcode) { MAX_CONTROL } else { self.max - held };
        let length = usize::try_from(length).ok().filter(|length| *length <= allowed);
        let Some(length) = length else {
            return Err(Violation { code: 1009, reason: "the message is too large" });
        };
        let Some(mask) = rest[wide..].first_chunk::<4>() else {
            return Ok(None);
        };
        Ok(Some(Head { is_final, opcode, bytes: 2 + wide + 4, length, mask: *mask }))
    }

    /// May such a frame come now?
    fn check_order(
        &self,
        is_final: bool,
        opcode: u8,
        short: usize,
        is_extended: bool,
    ) -> Result<(), Violation> {
        match opcode {
            _ if is_extended => Err(protocol("no extension was agreed on, so the reserved bits must be 0")),
            opcode::CONTINUATION if self.unfinished.is_none() => {
                Err(protocol("a continuation frame with nothing to continue"))
            }
            opcode::TEXT | opcode::BINARY if self.unfinished.is_some() => {
                Err(protocol("a new message inside a fragmented one"))
            }
            opcode::CONTINUATION | opcode::TEXT | opcode::BINARY => Ok(()),
            opcode::CLOSE | opcode::PING | opcode::PONG if !is_final => {
                Err(protocol("a control frame must not be fragmented"))
            }
            opcode::CLOSE | opcode::PING | opcode::PONG if short > MAX_CONTROL => {
                Err(protocol("a control frame carries at most 125 bytes"))
            }
            opcode::CLOSE | opcode::PING | opcode::PONG => Ok(()),
            _ => Err(protocol("a reserved opcode")),
        }
    }

    /// What a whole frame means: a message, if it is a final one.
    fn take(&mut self, head: &Head, payload: BytesMut) -> Result<Option<Incoming>, Violation> {
        match head.opcode {
            opcode::PING => return Ok(Some(Incoming::Ping(payload.freeze()))),
            opcode::PONG => return Ok(Some(Incoming::Pong(payload.freeze()))),
            opcode::CLOSE => return close(&payload).map(Some),
            _ => {}
        }
        let message = match self.unfinished.take() {
            Some(mut message) => {
                message.payload.extend_from_slice(&payload);
                message
            }
            None => Message { is_text: head.opcode == opcode::TEXT, payload: payload.to_vec() },
        };
        if !head.is_final {
            self.unfinished = Some(message);
            return Ok(None);
        }
        Ok(Some(if message.is_text {
            Incoming::Text(utf8(message.payload)?)
        } else {
            Incoming::Binary(Bytes::from(message.payload))
        }))
    }
}

/// The length of the payload, and how many bytes after the first two it takes to say it.
fn length(short: usize, rest: &[u8]) -> Result<Option<(u64, usize)>, Violation> {
    let (length, wide, least) = match short {
        126 => (rest.first_chunk().map(|bytes| u64::from(u16::from_be_bytes(*bytes))), 2, 126),
        127 => (rest.first_chunk().map(|bytes| u64::from_be_bytes(*bytes)), 8, 0x1_0000),
        short => (Some(short as u64), 0, 0),
    };
    match length {
        Some(length) if length < least || length > i64::MAX as u64 => {
            Err(protocol("the length is not written in the shortest form"))
        }
        length => Ok(length.map(|length| (length, wide))),
    }
}

fn close(payload: &[u8]) -> Result<Incoming, Violation> {
    if payload.is_empty() {
        return Ok(Incoming::Close { code: None, reason: String::new() });
    }
    let Some((code, reason)) = payload.split_first_chunk() else {
        return Err(protocol("half a close code"));
    };
    let code = u16::from_be_bytes(*code);
    // Section 7.4 and its registry: 1004 to 1006 and 1015 never stand in a frame.
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(protocol("a close code that must not be sent"));
    }
    Ok(Incoming::Close { code: Some(code), reason: utf8(reason.to_vec())? })
}

fn utf8(bytes: Vec<u8>) -> Result<String, Violation> {
    String::from_utf8(bytes).map_err(|_| Violation { code: 1007, reason: "text must be UTF-8" })
}

fn is_control(opcode: u8) -> bool {
    opcode & 0x8 != 0
}

fn protocol(reason: &'static str) -> Violation {
    Violation { code: 1002, reason }
}
