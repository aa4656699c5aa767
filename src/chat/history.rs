//! History: what was said in a room, in its present state, a page at a time.

use std::sync::Arc;

use super::eyes::Eyes;
use super::message::Stored;
use super::rights::Deed;
use super::schema;
use super::{Chat, Refusal, RoomName, Speaker, Visit};
use crate::engine::{Direction, Document, EngineError, Epochs, Id, Key, KeyRange, Number, Standing};
use crate::wire::MessageObject;

/// How many documents are read at once, and after how many bytes a page is full.
pub(super) const PIECE: usize = 64;
pub(super) const MOST_BYTES: usize = 1 << 20;

/// Which part of the history is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The newest messages.
    Newest,
    /// The newest of those before a number.
    Before(Number),
    /// The oldest of those after a number.
    After(Number),
    /// As many before a number (and at it) as after it.
    Around(Number),
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
        // Where the page is divided, and how many messages it has at most before that and after it.
        let (middle, before, after) = match window {
            Window::Newest => (head, limit, 0),
            Window::Before(number) => (head.min(number.previous()), limit, 0),
            Window::After(number) => (number.max(first), 0, limit),
            Window::Around(number) => (head.min(number), limit.div_ceil(2), limit / 2),
        };
        let (mut found, has_older) = match before {
            0 => (Vec::new(), middle > first),
            before => self.stretch(room, first, middle, Direction::Backward, before).await?,
        };
        found.reverse();
        let (later, has_newer) = match after {
            0 => (Vec::new(), matches!(window, Window::Around(_)) && middle < head),
            after => self.stretch(room, middle, head, Direction::Forward, after).await?,
        };
        found.extend(later);
        let messages = read_messages(room, epochs, found)?;
        let number = |message: Option<&Stored>| Some(message?.id?.number);
        let (oldest, newest) = (number(messages.first()), number(messages.last()));
        Ok(Page {
            messages: self.message_objects(messages, Eyes::Of(visit)).await?,
            head: epochs.id(head),
            older: oldest.filter(|_| has_older),
            newer: newest.filter(|_| has_newer),
        })
    }

    /// One message of a room.
    pub async fn message(
        &self,
        speaker: &Speaker,
        name: &RoomName,
        number: Number,
    ) -> Result<MessageObject, Refusal> {
        let found = self.target(speaker, name, number, Deed::Hear).await?;
        Ok(self.shown(&found.visit, &found.key, found.document).await?)
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
    room: &Arc<str>,
    epochs: &Epochs,
    stored: Vec<(Key, Document)>,
) -> Result<Vec<Stored>, EngineError> {
    let with_number =
        stored.into_iter().filter_map(|(key, document)| Some((key.last_number()?, key, document)));
    with_number
        .map(|(number, key, document)| {
            let document = schema::read(&key, &document)?;
            Ok(Stored { room: Arc::clone(room), id: Some(epochs.id(number)), document })
        })
        .collect()
}
