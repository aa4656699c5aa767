//! What comes down one line: an HTTP answer in chunks (RFC 9112, section 7.1) and the events in it.
//!
//! Ten thousand of these are read by one thread, so a reader copies only what is split between two reads.

use std::mem;

/// The longest part of a line of text that is kept.
const MOST: usize = 64 * 1024;

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    /// The stream has begun.
    Hello,
    /// A message, with its number in the log and its JSON.
    Message(u64, &'a [u8]),
    /// Something else happened; most likely a signal.
    Other,
    /// The server said that something is lost or refused.
    Trouble(&'a [u8]),
}

/// Where in the answer the next byte stands.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the head, after so many of the four bytes that end it.
    Head(u8),
    /// In the size of a chunk.
    Size(usize),
    /// In a chunk with so many bytes to come.
    Chunk(usize),
    /// Between a chunk and the size of the next.
    Gap,
    /// After the last chunk.
    End,
}

/// Reads one line, piece by piece.
pub struct Reader {
    place: Place,
    /// The beginning of a line of text whose end has not come.
    partial: Vec<u8>,
    number: u64,
    name: Name,
    /// The id of the last event that was heard: where to go on from.
    id: Vec<u8>,
    /// The id of the event that is being read; empty if it has none so far.
    coming: Vec<u8>,
}

/// What kind of event is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Message,
    Hello,
    Trouble,
    Other,
}

impl Reader {
    /// At the first byte of an answer.
    pub fn new() -> Self {
        Reader {
            place: Place::Head(0),
            partial: Vec::new(),
            number: 0,
            name: Name::Message,
            id: Vec::new(),
            coming: Vec::new(),
        }
    }

    /// Back at the first byte of an answer, to a request that goes on from [`last_id`](Self::last_id).
    pub fn begin_again(&mut self) {
        let id = mem::take(&mut self.id);
        *self = Reader { id, ..Reader::new() };
    }

    /// The id of the last event that was heard; empty if there was none.
    pub fn last_id(&self) -> &[u8] {
        &self.id
    }

    /// Takes what was read, and hands over each event that it completes.
    pub fn feed(&mut self, mut bytes: &[u8], mut hear: impl FnMut(Heard<'_>)) {
        while let Some((&first, rest)) = bytes.split_first() {
            self.place = match self.place {
                Place::Head(matched) => match (first, matched) {
                    (b'\n', 3) => Place::Size(0),
                    (b'\r', 0 | 2) | (b'\n', 1) => Place::Head(matched + 1),
                    _ => Place::Head(0),
                },
                Place::Size(size) => match (first, char::from(first).to_digit(16)) {
                    (_, Some(digit)) => Place::Size(size * 16 + digit as usize),
                    (b'\n', _) if size == 0 => Place::End,
                    (b'\n', _) => Place::Chunk(size),
                    _ => Place::Size(size),
                },
                Place::Chunk(left) => {
                    let (now, later) = bytes.split_at(left.min(bytes.len()));
                    self.text(now, &mut hear);
                    bytes = later;
                    self.place = if now.len() == left { Place::Gap } else { Place::Chunk(left - now.len()) };
                    continue;
                }
                Place::Gap => {
                    if first == b'\n' {
                        Place::Size(0)
                    } else {
                        Place::Gap
                    }
                }
                Place::End => return,
            };
            bytes = rest;
        }
    }

    fn text(&mut self, mut text: &[u8], hear: &mut impl FnMut(Heard<'_>)) {
        while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = (&text[..end], &text[end + 1..]);
            if self.partial.is_empty() {
                self.line(line, hear);
            } else {
                let mut whole = mem::take(&mut self.partial);
                whole.extend_from_slice(line);
                self.line(&whole, hear);
            }
            text = rest;
        }
        if self.partial.len() + text.len() <= MOST {
            self.partial.extend_from_slice(text);
        }
    }

    fn line(&mut self, line: &[u8], hear: &mut impl FnMut(Heard<'_>)) {
        if line.is_empty() {
            self.name = Name::Message;
            self.settle();
        } else if let Some(id) = line.strip_prefix(b"id: ") {
            self.number = number(id);
            self.coming.clear();
            self.coming.extend_from_slice(id);
        } else if let Some(name) = line.strip_prefix(b"event: ") {
            self.name = match name {
                b"hello" => Name::Hello,
                b"reset" | b"problem" => Name::Trouble,
                _ => Name::Other,
            };
        } else if let Some(data) = line.strip_prefix(b"data: ") {
            self.settle();
            match self.name {
                Name::Message => hear(Heard::Message(self.number, data)),
                Name::Hello => hear(Heard::Hello),
                Name::Trouble => hear(Heard::Trouble(data)),
                Name::Other => hear(Heard::Other),
            }
        }
    }

    /// What is being read counts as heard.
    fn settle(&mut self) {
        if !self.coming.is_empty() {
            mem::swap(&mut self.id, &mut self.coming);
            self.coming.clear();
        }
    }
}

/// The number in an id such as `5f3a-1027`; 0, which no message has, if there is none.
pub fn number(id: &[u8]) -> u64 {
    let digits = id.rsplit(|byte| *byte == b'-').next().unwrap_or_default();
    std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}
