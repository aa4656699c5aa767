//! What nodes tell each other that nobody keeps, as it is on its way.

use serde::{Deserialize, Serialize};

use super::Chat;
use super::schema::{self, MessageDocument, PersonDocument};
use crate::engine::EngineError;

/// A signal on its way between nodes.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Payload {
    /// Something is said that nobody keeps.
    Said { room: String, message: Box<MessageDocument>, person: Option<PersonDocument> },
    /// Somebody is typing.
    Typing { room: String, person: String },
    /// Somebody has read up to a message; their own devices are to hear it, or everybody in the room.
    Read { room: String, person: String, id: String, to_room: bool },
    /// A page of somebody's says whether they are at it; these rooms may want to hear it.
    Presence { person: String, page: String, state: State, rooms: Vec<String> },
}

/// Whether somebody who is here is at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// They are.
    Online,
    /// They have not touched anything for a while.
    Away,
}

impl Chat {
    /// Tells every node, this one too.
    pub(super) async fn tell_nodes(&self, payload: &Payload) -> Result<(), EngineError> {
        self.engine().signal(schema::to_json(payload)).await
    }
}
