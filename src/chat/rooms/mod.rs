//! Rooms: from a name to the room, remembered in memory and checked again by every commit.
//!
//! `room` is one in memory, `known` is what a node remembers, `visit` is somebody in a room, and the other files are what people do
//! with rooms: `making`, `members`, `settings`; `placing` changes somebody's place, `mine` is where they are in, and
//! `card` is a room as it is shown, and `directory` all of them.

mod card;
mod directory;
mod known;
mod making;
mod members;
mod mine;
mod placing;
mod room;
mod settings;
mod visit;

#[cfg(test)]
mod tests;

pub use card::{MyPlace, RoomObject};
pub use directory::Directory;
pub use known::Known;
pub use making::NewRoom;
pub use members::Inside;
pub use placing::{Change, MemberFacts};
pub use room::{Member, Room};
pub use settings::Settings;
pub use visit::Visit;

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::schema::{self, NameDocument, RoomDocument};
use super::{Chat, RoomName};
use crate::engine::{Direction, EngineError, KeyRange};

/// How many members are read at once.
const PIECE: usize = 512;
/// How many rooms are loaded at the same time.
const AT_ONCE: usize = 16;

impl Chat {
    /// The room under a name. One that has not been made yet can be listened to all the same: its
    /// id is the one that it will have.
    pub(super) async fn room(&self, name: &RoomName) -> Result<Arc<Room>, EngineError> {
        if name.is_hidden() {
            return self.room_of_id(name.as_str()).await;
        }
        let id = match self.known.name(name) {
            Ok(id) => id,
            Err(renamed) => {
                let leads = self.stored::<NameDocument>(&schema::name(name.as_str())).await?;
                let id = leads.map_or(name.as_str().into(), |(_, leads)| leads.room.into());
                self.known.lead(name, &id, renamed);
                id
            }
        };
        self.room_of_id(&id).await
    }

    /// The room of an id, loaded with the people in it if it is not remembered.
    pub(super) async fn room_of_id(&self, id: &str) -> Result<Arc<Room>, EngineError> {
        if let Some(room) = self.known.room(id) {
            return Ok(room);
        }
        let _turn = self.loading.of(&[schema::room(id)]).await;
        match self.known.room(id) {
            Some(room) => Ok(room),
            None => self.load_in_turn(id).await,
        }
    }

    /// Looks a room up again. Until that is done it is remembered as it was.
    pub(super) async fn load(&self, id: &str) -> Result<Arc<Room>, EngineError> {
        let _turn = self.loading.of(&[schema::room(id)]).await;
        self.load_in_turn(id).await
    }

    /// The same for several.
    pub(super) async fn load_all(&self, ids: &[Arc<str>]) -> Result<(), EngineError> {
        let loading = stream::iter(ids.to_vec()).map(async |id| self.load(&id).await.map(|_| ()));
        loading.buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Reads a room, again if the log tells of it meanwhile.
    async fn load_in_turn(&self, id: &str) -> Result<Arc<Room>, EngineError> {
        loop {
            let loading = self.known.begin(id);
            let room = self.read_room(id).await?;
            if let Some(room) = self.known.finish(&loading, room) {
                return Ok(room);
            }
        }
    }

    async fn read_room(&self, id: &str) -> Result<Room, EngineError> {
        // The head first: what is read is at least as new.
        let head = self.engine.epochs().await?.head();
        let Some((version, document)) = self.stored::<RoomDocument>(&schema::room(id)).await? else {
            return Ok(Room::new(id, None, head));
        };
        let room = Room::new(id, Some((version, document)), head);
        let mut range = KeyRange::under(&schema::members(id));
        loop {
            let page = self.engine.scan(range.clone(), PIECE, Direction::Forward).await?;
            for (key, document) in &page {
                if let Some(person) = key.last_part() {
                    room.put(person, Some(Member::read(key, document)?), head);
                }
            }
            match page.last() {
                Some((last, _)) if page.len() == PIECE => range.start = format!("{last}\0"),
                _ => return Ok(room),
            }
        }
    }
}
