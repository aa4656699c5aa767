//! What comes down one line: the head of an HTTP answer, then a body in chunks (RFC 9112, section 7.1), a plain
//! body, or WebSocket frames; and the marks in it.
//!
//! Tens of thousands of these are read by one thread, so a reader copies only what may be cut between two reads,
//! and allocates nothing once its line has been greeted.

use memchr::memmem;

use super::frames::{self, Frames, Piece};
use super::mark::{Digits, Scan, Search};

/// The longest head, and the most that is kept of what comes before the greeting.
const MOST: usize = 16 * 1024;

/// By what a line knows that the server has taken it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Greeting {
    /// The head of the answer.
    Head,
    /// The first bytes after it.
    Event,
    /// These bytes.
    Text(Vec<u8>),
}

/// What all readers of a crowd share.
pub struct Kit {
    /// How marks are searched for.
    pub search: Search,
    /// By what a line knows that it was taken in.
    pub greeting: Greeting,
}

/// Where in the answer the next byte stands.
#[derive(Debug)]
enum Place {
    Head,
    /// In the size of a chunk.
    Size(usize),
    /// In a chunk with so many bytes to come.
    Chunk(usize),
    /// Between a chunk and the size of the next.
    Gap,
    /// In a body without chunks.
    Plain,
    Frames(Frames),
    /// After the last chunk, or a close.
    End,
}

/// Reads one line, piece by piece.
pub struct Reader {
    place: Place,
    scan: Scan,
    /// What has come so far, until the greeting.
    first: Vec<u8>,
    /// How many bytes of it are the head.
    head: usize,
    is_greeted: bool,
    /// A WebSocket's handshake was answered, and nobody has asked yet.
    is_upgraded: bool,
    /// What is to be said to the server.
    replies: Vec<u8>,
}

impl Reader {
    /// At the first byte of an answer.
    pub fn new() -> Self {
        Reader {
            place: Place::Head,
            scan: Scan::new(),
            first: Vec::new(),
            head: 0,
            is_greeted: false,
            is_upgraded: false,
            replies: Vec::new(),
        }
    }

    /// Whether the server has taken the line in.
    pub fn is_greeted(&self) -> bool {
        self.is_greeted
    }

    /// Whether the server has ended the answer.
    pub fn is_over(&self) -> bool {
        matches!(self.place, Place::End)
    }

    /// What the server said before it greeted, for an error: its words without the head, if there are any.
    pub fn first_words(&self) -> String {
        let body = &self.first[self.head.min(self.first.len())..];
        let words = if body.is_empty() { &self.first[..] } else { body };
        let words = String::from_utf8_lossy(&words[..words.len().min(400)]);
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// What has come before the greeting and with it, once it has come; then it is gone.
    pub fn take_first(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.first)
    }

    /// Whether a WebSocket's handshake was answered; says so once.
    pub fn take_upgraded(&mut self) -> bool {
        std::mem::take(&mut self.is_upgraded)
    }

    /// What is to be said to the server; empty almost always.
    pub fn replies(&mut self) -> &mut Vec<u8> {
        &mut self.replies
    }

    /// Takes what was read, and hands over each mark that it completes, and what stands before it.
    pub fn feed(
        &mut self,
        kit: &Kit,
        mut bytes: &[u8],
        mut found: impl FnMut(&Digits, &[u8]),
    ) -> Result<(), String> {
        if matches!(self.place, Place::Head) {
            let had = self.first.len();
            self.first.extend_from_slice(&bytes[..bytes.len().min(MOST)]);
            let Some(end) = memmem::find(&self.first, b"\r\n\r\n") else {
                return if had < MOST { Ok(()) } else { Err("a head without an end".to_owned()) };
            };
            self.head = end + 4;
            self.begin(kit)?;
            // What came after the head is read as what comes after it always is.
            bytes = &bytes[self.head - had..];
            self.first.truncate(self.head);
        }
        self.body(kit, bytes, &mut found);
        Ok(())
    }

    /// The head is whole: what it says of the body.
    fn begin(&mut self, kit: &Kit) -> Result<(), String> {
        let head = String::from_utf8_lossy(&self.first[..self.head]).to_ascii_lowercase();
        let status = head.split(' ').nth(1).unwrap_or_default();
        self.place = match status {
            "101" => Place::Frames(Frames::default()),
            "200" if head.contains("\r\ntransfer-encoding: chunked") => Place::Size(0),
            "200" => Place::Plain,
            _ => return Err(self.status_line()),
        };
        self.is_upgraded = status == "101";
        self.is_greeted |= kit.greeting == Greeting::Head;
        Ok(())
    }

    fn status_line(&self) -> String {
        let status = self.first.split(|byte| *byte == b'\r').next().unwrap_or_default();
        String::from_utf8_lossy(status).into_owned()
    }

    fn body(&mut self, kit: &Kit, mut bytes: &[u8], found: &mut impl FnMut(&Digits, &[u8])) {
        if let Place::Frames(frames) = &mut self.place {
            let mut frames = std::mem::take(frames);
            let mut is_over = false;
            frames.feed(bytes, |piece| match piece {
                Piece::Payload(text) => self.text(kit, text, found),
                Piece::Ping(payload) => self.replies.extend(frames::pong(payload)),
                Piece::Close(reason) => {
                    self.first.extend_from_slice(reason);
                    is_over = true;
                }
            });
            self.place = if is_over { Place::End } else { Place::Frames(frames) };
            return;
        }
        while let Some((&first, rest)) = bytes.split_first() {
            self.place = match self.place {
                Place::Size(size) => match (first, char::from(first).to_digit(16)) {
                    (_, Some(digit)) => Place::Size(size << 4 | digit as usize),
                    (b'\n', _) if size == 0 => Place::End,
                    (b'\n', _) => Place::Chunk(size),
                    _ => Place::Size(size),
                },
                Place::Chunk(left) => {
                    let (now, later) = bytes.split_at(left.min(bytes.len()));
                    self.text(kit, now, found);
                    bytes = later;
                    self.place = if now.len() == left { Place::Gap } else { Place::Chunk(left - now.len()) };
                    continue;
                }
                Place::Gap if first == b'\n' => Place::Size(0),
                Place::Gap => Place::Gap,
                Place::Plain => return self.text(kit, bytes, found),
                Place::Head | Place::Frames(_) | Place::End => return,
            };
            bytes = rest;
        }
    }

    fn text(&mut self, kit: &Kit, text: &[u8], found: &mut impl FnMut(&Digits, &[u8])) {
        if !self.is_greeted && !text.is_empty() {
            let room = MOST.saturating_sub(self.first.len());
            self.first.extend_from_slice(&text[..text.len().min(room)]);
            self.is_greeted = match &kit.greeting {
                Greeting::Head | Greeting::Event => true,
                Greeting::Text(due) => memmem::find(&self.first[self.head..], due).is_some(),
            };
        }
        self.scan.feed(&kit.search, text, |digits, before| found(digits, before));
    }
}

impl Default for Reader {
    fn default() -> Self {
        Reader::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::mark::Mark;
    use crate::wire::websocket;

    fn mark(number: u32) -> Mark {
        Mark { room: 1, voice: 2, number, time: 3 }
    }

    fn kit(greeting: Greeting) -> Kit {
        Kit { search: Search::new(), greeting }
    }

    fn chunk(text: &str) -> String {
        format!("{:x};why=not\r\n{text}\r\n", text.len())
    }

    /// The numbers that are found in pieces of this size, and the reader.
    fn read(kit: &Kit, bytes: &[u8], size: usize) -> (Vec<u32>, Result<(), String>, Reader) {
        let (mut reader, mut numbers) = (Reader::new(), Vec::new());
        let done = bytes.chunks(size).try_for_each(|piece| {
            reader.feed(kit, piece, |digits, _| numbers.push(Mark::read(digits).expect("a mark").number))
        });
        (numbers, done, reader)
    }

    #[test]
    fn marks_are_found_in_chunks_wherever_they_are_cut() {
        let event = format!("data: {{\"body\":\"{}\"}}\n\n", mark(2).text());
        let (left, right) = event.split_at(25);
        let text = format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}{}{}{}",
            chunk("event: hello\ndata: {}\n\n"),
            chunk(&mark(1).text()),
            chunk(left),
            chunk(right),
        );
        let kit = kit(Greeting::Text(b"event: hello".to_vec()));
        for size in 1..=text.len() {
            let (numbers, done, reader) = read(&kit, text.as_bytes(), size);
            assert_eq!((numbers, done), (vec![1, 2], Ok(())), "in pieces of {size}");
            assert!(reader.is_greeted() && !reader.is_over());
        }
        let over = text + "0\r\n\r\n";
        assert!(read(&kit, over.as_bytes(), 7).2.is_over());
    }

    #[test]
    fn marks_are_found_in_frames_and_what_is_due_is_said() {
        let mut bytes = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n".to_vec();
        bytes.extend(websocket::text(mark(1).text().as_bytes()));
        bytes.extend(websocket::ping(b"?"));
        bytes.extend(websocket::text(mark(2).text().as_bytes()));
        for size in 1..=bytes.len() {
            let (numbers, done, mut reader) = read(&kit(Greeting::Event), &bytes, size);
            assert_eq!((numbers, done), (vec![1, 2], Ok(())), "in pieces of {size}");
            assert!(reader.is_greeted() && reader.take_upgraded() && !reader.take_upgraded());
            assert_eq!(*reader.replies(), frames::pong(b"?"));
        }
        bytes.extend(websocket::close(1013, "full"));
        assert!(read(&kit(Greeting::Head), &bytes, 3).2.is_over());
    }

    #[test]
    fn a_refusal_is_told_in_the_servers_words() {
        let text = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 9\r\n\r\ntoo  many";
        let (_, done, reader) = read(&kit(Greeting::Head), text, text.len());
        assert_eq!(reader.first_words(), "too many");
        assert_eq!(done.expect_err("refused"), "HTTP/1.1 429 Too Many Requests");
        let text = b"HTTP/1.1 200 OK\r\n\r\nevent: problem\ndata: {\"title\":\"Too many lines\"}\n\n";
        let (_, done, reader) = read(&kit(Greeting::Text(b"event: hello".to_vec())), text, 9);
        assert!(done.is_ok() && !reader.is_greeted());
        assert_eq!(reader.first_words(), "event: problem data: {\"title\":\"Too many lines\"}");
    }
}
