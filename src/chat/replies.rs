//! The messages that answer one, a page at a time.

use super::eyes::Eyes;
use super::history::{MOST_BYTES, PIECE, read_messages};
use super::rights::Deed;
use super::schema;
use super::{Chat, Refusal, RoomName, Speaker};
use crate::engine::{Direction, KeyRange, Number};
use crate::wire::MessageObject;

/// A page of answers.
#[derive(Debug, Clone)]
pub struct Replies {
    /// Oldest first.
    pub messages: Vec<MessageObject>,
    /// There are newer ones after this number.
    pub newer: Option<Number>,
}

impl Chat {
    /// The messages of a room that answer one of its messages: at most `limit`, the oldest of those after a number;
    /// fewer if they are large.
    pub async fn replies(
        &self,
        speaker: &Speaker,
        name: &RoomName,
        number: Number,
        after: Number,
        limit: usize,
    ) -> Result<Replies, Refusal> {
        let visit = self.target(speaker, name, number, Deed::Hear).await?.visit;
        let room = &visit.room.id;
        let epochs = self.engine.epochs().await?;
        let range = KeyRange::numbers(&schema::replies(room, number), after, epochs.head());
        let noted = self.engine.scan(range, limit + 1, Direction::Forward).await?;
        let has_more = noted.len() > limit;
        let numbers: Vec<_> = noted.iter().take(limit).filter_map(|(key, _)| key.last_number()).collect();
        let (mut stored, mut bytes, mut read) = (Vec::new(), 0, 0);
        for piece in numbers.chunks(PIECE) {
            let keys: Vec<_> = piece.iter().map(|number| schema::message(room, *number)).collect();
            let found = self.engine.get(&keys).await?;
            read += piece.len();
            bytes += found.iter().flatten().map(|document| document.json.len()).sum::<usize>();
            let found = keys.into_iter().zip(found);
            stored.extend(found.filter_map(|(key, document)| Some((key, document?))));
            if bytes > MOST_BYTES {
                break;
            }
        }
        let is_whole = read == numbers.len() && !has_more;
        let newer = numbers[..read].last().copied().filter(|_| !is_whole);
        let messages = read_messages(room, &epochs, stored)?;
        Ok(Replies { messages: self.message_objects(messages, Eyes::Of(&visit)).await?, newer })
    }
}
