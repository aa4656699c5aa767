//! History: what was said in a room, in its present state, a page at a time.

use super::schema::{self, MessageDocument};
use super::{Chat, Refusal, RoomName, Speaker, Visit};
use crate::engine::{Direction, Document, EngineError, Epochs, Id, Key, KeyRange, Number, Standing};
use crate::wire::MessageObject;

/// How many documents are read at once, and after how many bytes a page is full.
const PIECE: usize = 64;
const MOST_BYTES: usize = 1 << 20;

/// Which part of the history is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The newest messages.
    Newest,
    /// The newest of those before a number.
    Before(Number),
    /// The oldest of those after a number.
    After(Number),
}

/// A page of history.
#[derive(Debug, Clone)]
pub struct Page {
    /// Oldest first.
    pub messages: Vec<MessageObject>,
    /// The log ended here when the page was taken: a stream from here misses and repeats nothing.
    pub head: Id,
    /// There are older messages before this number.
    pub older: Option<Number>,
    /// There are newer messages after this number.
    pub newer: Option<Number>,
}

impl Chat {
    /// A page of at most `limit` messages.
    pub async fn history(
        &self,
        speaker: &Speaker,
        name: &RoomName,
        window: Window,
        limit: usize,
    ) -> Result<Page, Refusal> {
        let visit = self.visit(speaker, name).await?;
        // The head first: what comes while the page is read is left to the stream.
        let mut epochs = self.engine().epochs().await?;
        loop {
            let page = self.page(&visit, window, limit, &epochs).await?;
            let now = self.engine().epochs().await?;
            if now.standing(page.head) == Standing::Known(page.head.number) {
                return Ok(page);
            }
            // The log went back meanwhile: the page may have been named by the wrong epochs.
            epochs = now;
        }
    }

    async fn page(
        &self,
        visit: &Visit,
        window: Window,
        limit: usize,
        epochs: &Epochs,
    ) -> Result<Page, EngineError> {
        let (room, head, first) = (&visit.room.id, epochs.head(), visit.hears_after());
        let (after, upto, direction) = match window {
            Window::Newest => (first, head, Direction::Backward),
            Window::Before(number) => (first, head.min(number.previous()), Direction::Backward),
            Window::After(number) => (number.max(first), head, Direction::Forward),
        };
        let has_earlier = after > first;
        let (mut found, has_more) = self.stretch(room, after, upto, direction, limit).await?;
        if direction == Direction::Backward {
            found.reverse();
        }
        let messages = read_messages(epochs, found)?;
        let first = messages.first().map(|(id, _)| id.number);
        let last = messages.last().map(|(id, _)| id.number);
        let is_backward = direction == Direction::Backward;
        Ok(Page {
            messages: self.message_objects(room, messages).await?,
            head: epochs.id(head),
            older: if is_backward { first.filter(|_| has_more) } else { first.filter(|_| has_earlier) },
            newer: if is_backward { None } else { last.filter(|_| has_more) },
        })
    }
}

impl Chat {
    /// At most `limit` stored messages between two numbers, fewer if they are large; and whether there
    /// may be more.
    async fn stretch(
        &self,
        room: &str,
        mut after: Number,
        mut upto: Number,
        direction: Direction,
        limit: usize,
    ) -> Result<(Vec<(Key, Document)>, bool), EngineError> {
        let (mut found, mut bytes) = (Vec::new(), 0);
        loop {
            let wanted = PIECE.min(limit + 1 - found.len());
            let range = KeyRange::numbers(&schema::messages(room), after, upto);
            let piece = self.engine().scan(range, wanted, direction).await?;
            let is_last = piece.len() < wanted;
            bytes += piece.iter().map(|(_, document)| document.json.len()).sum::<usize>();
            match (piece.last().and_then(|(key, _)| key.last_number()), direction) {
                (Some(last), Direction::Forward) => after = last,
                (Some(last), Direction::Backward) => upto = last.previous(),
                (None, _) => {}
            }
            found.extend(piece);
            if found.len() > limit || is_last || bytes > MOST_BYTES {
                let has_more = found.len() > limit || !is_last;
                found.truncate(limit);
                return Ok((found, has_more));
            }
        }
    }
}

/// Stored messages with their ids.
pub(super) fn read_messages(
    epochs: &Epochs,
    stored: Vec<(Key, Document)>,
) -> Result<Vec<(Id, MessageDocument)>, EngineError> {
    let with_number =
        stored.into_iter().filter_map(|(key, document)| Some((key.last_number()?, key, document)));
    with_number
        .map(|(number, key, document)| Ok((epochs.id(number), schema::read(&key, &document)?)))
        .collect()
}
