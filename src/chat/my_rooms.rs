//! The rooms that somebody is in, each with what they have yet to read there: all that a sidebar shows.

use futures_util::{StreamExt, TryStreamExt, stream};

use super::reading::Mark;
use super::rights::Deed;
use super::unread::Allowance;
use super::{Chat, Person, Refusal, RoomObject, Speaker, Visit};
use crate::engine::{Epochs, Id};

/// How many rooms are read at the same time.
const AT_ONCE: usize = 8;

/// The rooms that somebody is in.
#[derive(Debug)]
pub struct MyRooms {
    /// By id.
    pub rooms: Vec<RoomObject>,
    /// The log ended here when they were read: a stream from here misses nothing.
    pub head: Id,
}

impl Chat {
    /// The rooms that somebody is in; none of a stranger.
    pub async fn my_rooms(&self, speaker: &Speaker) -> Result<MyRooms, Refusal> {
        // The head first: what comes while they are read is left to the stream.
        let epochs = self.engine().epochs().await?;
        let head = epochs.id(epochs.head());
        let Some(person) = self.present(speaker).await? else {
            return Ok(MyRooms { rooms: Vec::new(), head });
        };
        let ids = self.rooms_of(&person.id.0).await?;
        let names: Vec<&str> = ids.iter().map(String::as_str).collect();
        let marks = self.marks(&person.id.0, &names).await?;
        let allowance = &Allowance::default();
        let rooms: Vec<Option<RoomObject>> = stream::iter(ids.into_iter().zip(marks))
            .map(|(room, mark)| self.my_room(&person, room, mark, &epochs, allowance))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(MyRooms { rooms: rooms.into_iter().flatten().collect(), head })
    }

    /// One of somebody's rooms; nothing if they have just left it, or may not hear it any more.
    async fn my_room(
        &self,
        person: &Person,
        id: String,
        mark: Mark,
        epochs: &Epochs,
        allowance: &Allowance,
    ) -> Result<Option<RoomObject>, Refusal> {
        let room = self.room_of_id(&id).await?;
        let (member, document) = (room.member(&person.id.0), room.document());
        let visit = Visit { room, person: Some(person.clone()), member, document };
        if !visit.is_inside() || self.allow(&visit, Deed::Hear).is_err() {
            return Ok(None);
        }
        let mut card = self.card_without_place(&visit).await?;
        card.me = self.place_at(&visit, mark, epochs, allowance).await?;
        Ok(Some(card))
    }
}
