//! What people do: rooms, messages and those who write them, as documents and the rules for them.
//!
//! Everything here is written once on top of the engine: read, decide, commit with checks, and begin
//! again when somebody else was quicker. `schema` lists every key and its document; the other files
//! are a noun or a verb each.

mod draft;
mod history;
mod message;
mod past;
mod people;
#[allow(dead_code, reason = "until the core is here")]
mod presence;
mod render;
mod retention;
mod rights;
mod room_name;
mod rooms;
mod say;
mod schema;
mod signal;
#[allow(dead_code, reason = "until the core is here")]
mod typing;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use draft::{BadDraft, Draft};
pub use history::{Page, Window};
pub use people::{Person, PersonId, SessionToken};
pub use retention::{Retention, Swept};
pub use rights::OpenRights;
pub use room_name::{BadRoomName, RoomName};
pub use rooms::Creation;
pub use say::{Said, Speaker};

use crate::engine::{Clock, Engine, EngineError};
use people::People;
use rooms::Rooms;

/// The rules of the chat, over an engine.
pub struct Chat {
    engine: Arc<dyn Engine>,
    clock: Clock,
    rooms: Rooms,
    people: People,
}

/// Why something was not done. Nothing was changed, except where it says so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The room does not exist, or not for this person.
    #[error("there is no such room")]
    NoSuchRoom,
    /// What was to be said cannot be said.
    #[error(transparent)]
    BadDraft(#[from] BadDraft),
    /// The key was used before, for something else.
    #[error("this key was used for another message")]
    KeyReused,
    /// The key was used before, for a message that has been deleted since.
    #[error("the message that was sent with this key has been deleted")]
    KeyOfDeleted,
    /// The message that is answered is not in the room.
    #[error("the message that this answers is not in this room")]
    NoSuchReply,
    /// Too many changed the same thing at the same time.
    #[error("too many people are changing this at once")]
    Busy,
    /// A name that a person cannot have.
    #[error("a name has 1 to 40 characters, and some that can be seen")]
    BadPersonName,
    /// The store failed; with `Unknown` the change may have been made.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl Chat {
    /// The rules over this engine. `creation` says who may make a room by speaking in it.
    pub fn new(engine: Arc<dyn Engine>, clock: Clock, creation: Creation) -> Self {
        Chat { engine, clock, rooms: Rooms::new(creation), people: People::default() }
    }

    /// The engine under the chat.
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    /// The clock that the chat goes by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}
