//! What a client does with the bytes of an event stream, exactly as WHATWG HTML, sections 9.2.5 and
//! 9.2.6, has it. It owns what has come of a block that is not yet complete, and the last event id.

use std::time::Duration;

use bytes::{Buf, BytesMut};

/// It may stand before the first line, and only there (Encoding Standard, "UTF-8 decode").
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// An event as a client gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The last event id when it came: its own, or that of an earlier one.
    pub id: String,
    /// Its name; `message` if it has none.
    pub name: String,
    /// Its data, lines joined by LF.
    pub data: String,
}

/// A line or an event was larger than the reader was told to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event in the stream is larger than {max} bytes")]
pub struct TooLarge {
    /// The most bytes that an event may have.
    pub max: usize,
}

/// An incremental reader: [`push`](Reader::push) bytes as they come, in pieces of any size, and take
/// events out of it as out of an iterator. `None` means that more bytes are needed.
#[derive(Debug)]
pub struct Reader {
    max: usize,
    buffer: BytesMut,
    /// So many bytes of the buffer are known to hold no line end.
    scanned: usize,
    /// The last line ended with CR: an LF that follows belongs to it.
    after_cr: bool,
    first_line: bool,
    stopped: bool,
    block: Block,
    last_id: String,
    retry: Option<Duration>,
}

/// The fields of a block until its blank line comes.
#[derive(Debug, Default)]
struct Block {
    /// Not emptied between blocks: an id holds until there is another.
    id: String,
    name: String,
    /// Each line with an LF after it.
    data: String,
}

impl Block {
    /// What of it must be kept until it is complete.
    fn bytes(&self) -> usize {
        self.id.len() + self.name.len() + self.data.len()
    }
}

impl Reader {
    /// A reader at the beginning of a stream. An event of which more than `max_event_bytes` would have
    /// to be kept, or a line longer than that, ends it with [`TooLarge`].
    pub fn new(max_event_bytes: usize) -> Self {
        Reader {
            max: max_event_bytes,
            buffer: BytesMut::new(),
            scanned: 0,
            after_cr: false,
            first_line: true,
            stopped: false,
            block: Block::default(),
            last_id: String::new(),
            retry: None,
        }
    }

    /// Takes the next bytes of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.stopped {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// A new connection begins: what was incomplete is forgotten, the last id and the retry time stay.
    pub fn reconnected(&mut self) {
        let last_id = std::mem::take(&mut self.last_id);
        let block = Block { id: last_id.clone(), ..Block::default() };
        *self = Reader { last_id, block, retry: self.retry, ..Reader::new(self.max) };
    }

    /// The id to resume from: that of the last complete block that had one, whether or not it was an
    /// event. Empty if there was none, or if the last one was empty.
    pub fn last_id(&self) -> &str {
        &self.last_id
    }

    /// How long the server last asked to wait before connecting again.
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// The next line without its end, if it has come whole.
    fn line(&mut self) -> Result<Option<BytesMut>, TooLarge> {
        if self.after_cr && !self.buffer.is_empty() {
            self.after_cr = false;
            if self.buffer[0] == b'\n' {
                self.buffer.advance(1);
            }
        }
        let end = self.buffer[self.scanned..].iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let length = end.map_or(self.buffer.len(), |end| self.scanned + end);
        if self.block.bytes().saturating_add(length) > self.max {
            return Err(TooLarge { max: self.max });
        }
        if end.is_none() {
            self.scanned = length;
            return Ok(None);
        }
        self.scanned = 0;
        let mut line = self.buffer.split_to(length);
        self.after_cr = self.buffer.get_u8() == b'\r';
        if std::mem::take(&mut self.first_line) && line.starts_with(BYTE_ORDER_MARK) {
            line.advance(BYTE_ORDER_MARK.len());
        }
        Ok(Some(line))
    }

    /// What a line means: an event, if it is the blank one that ends a block with data.
    fn take(&mut self, line: &[u8]) -> Option<Received> {
        if line.is_empty() {
            return self.dispatch();
        }
        let line = String::from_utf8_lossy(line);
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => self.block.name = value.to_owned(),
            "data" => {
                self.block.data.push_str(value);
                self.block.data.push('\n');
            }
            "id" if !value.contains('\0') => self.block.id = value.to_owned(),
            "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.retry = value.parse().ok().map(Duration::from_millis).or(self.retry);
            }
            // A comment has an empty name; any other name means nothing to us.
            _ => {}
        }
        None
    }

    fn dispatch(&mut self) -> Option<Received> {
        self.last_id.clone_from(&self.block.id);
        let name = std::mem::take(&mut self.block.name);
        let mut data = std::mem::take(&mut self.block.data);
        // Even an empty `data:` has left its LF here.
        data.pop()?;
        let name = if name.is_empty() { "message".to_owned() } else { name };
        Some(Received { id: self.last_id.clone(), name, data })
    }
}

impl Iterator for Reader {
    type Item = Result<Received, TooLarge>;

    /// The next event. After an error there is nothing more: what follows could not be told apart.
    fn next(&mut self) -> Option<Self::Item> {
        while !self.stopped {
            match self.line() {
                Ok(None) => return None,
                Ok(Some(line)) => {
                    if let Some(event) = self.take(&line) {
                        return Some(Ok(event));
                    }
                }
                Err(error) => {
                    self.stopped = true;
                    self.buffer = BytesMut::new();
                    self.block = Block::default();
                    return Some(Err(error));
                }
            }
        }
        None
    }
}
