//! Rooms: from a name to the room, remembered in memory and checked again by every commit.
//!
//! `known` is what a node remembers, `visit` is somebody in a room, and the other files are what people do
//! with rooms: `making`, `members`, `settings`; `card` is a room as it is shown.

mod card;
mod known;
mod making;
mod members;
mod settings;
mod visit;

#[cfg(test)]
mod tests;

pub use card::{MyPlace, RoomObject};
pub use known::{Known, Member, Room};
pub use making::NewRoom;
pub use members::{Change, Inside, MemberFacts};
pub use settings::Settings;
pub use visit::Visit;

use std::sync::Arc;

use super::schema::{self, NameDocument, RoomDocument};
use super::{Chat, RoomName};
use crate::engine::{Direction, EngineError, KeyRange};

/// How many members are read at once.
const PIECE: usize = 512;

impl Chat {
    /// The room under a name. One that has not been made yet can be listened to all the same: its
    /// id is the one that it will have.
    pub(super) async fn room(&self, name: &RoomName) -> Result<Arc<Room>, EngineError> {
        let id = match self.known.name(name) {
            Some(id) => id,
            None => {
                let id = self.where_leads(name).await?;
                self.known.lead(name, &id);
                id
            }
        };
        self.room_of_id(&id).await
    }

    async fn where_leads(&self, name: &RoomName) -> Result<Arc<str>, EngineError> {
        if name.is_hidden() {
            return Ok(name.as_str().into());
        }
        let key = schema::name(name.as_str());
        Ok(match self.engine.get(std::slice::from_ref(&key)).await?.pop().flatten() {
            Some(document) => schema::read::<NameDocument>(&key, &document)?.room.into(),
            None => name.as_str().into(),
        })
    }

    /// The room of an id, loaded with the people in it if it is not remembered.
    pub(super) async fn room_of_id(&self, id: &str) -> Result<Arc<Room>, EngineError> {
        if let Some(room) = self.known.room(id) {
            return Ok(room);
        }
        let _turn = self.loading.lock().await;
        if let Some(room) = self.known.room(id) {
            return Ok(room);
        }
        self.load(id).await
    }

    /// Reads a room, again if the log tells of it meanwhile. To be called by one at a time.
    async fn load(&self, id: &str) -> Result<Arc<Room>, EngineError> {
        loop {
            self.known.begin(id);
            let room = self.read_room(id).await?;
            if self.known.finish(room.clone()) {
                return Ok(self.known.room(id).unwrap_or_else(|| Arc::new(room)));
            }
        }
    }

    async fn read_room(&self, id: &str) -> Result<Room, EngineError> {
        let key = schema::room(id);
        let stored = match self.engine.get(std::slice::from_ref(&key)).await?.pop().flatten() {
            Some(document) => Some((document.version, schema::read::<RoomDocument>(&key, &document)?)),
            None => None,
        };
        let room = Room::new(id, stored);
        let mut range = KeyRange::under(&schema::members(id));
        loop {
            let page = self.engine.scan(range.clone(), PIECE, Direction::Forward).await?;
            for (key, document) in &page {
                if let Some(person) = key.last_part() {
                    room.put(person, Some(Member::read(key, document)?));
                }
            }
            match page.last() {
                Some((last, _)) if page.len() == PIECE => range.start = format!("{last}\0"),
                _ => return Ok(room),
            }
        }
    }

    /// Looks the rooms up again that rights are asked of.
    pub(super) async fn reload(&self, rooms: Vec<Arc<str>>) -> Result<(), EngineError> {
        let _turn = self.loading.lock().await;
        for id in rooms {
            self.load(&id).await?;
        }
        Ok(())
    }
}
