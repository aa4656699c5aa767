//! Every key and its document. Keys read as paths; values are JSON that a person can read.
//!
//! | key | document |
//! |---|---|
//! | `room/<room id>` | [`RoomDocument`] |
//! | `name/<public name>` | [`NameDocument`]: leads to the room's id |
//! | `direct/<sha-256 of the people's ids>` | [`NameDocument`]: the one direct room of these people |
//! | `member/<room id>/<person id>` | [`MemberDocument`]: who is in a room, or banned from it |
//! | `mine/<person id>/<room id>` | [`MineDocument`]: the same seen from the person |
//! | `slow/<room id>/<person id>` | [`SlowDocument`]: until they may speak again in slow mode |
//! | `message/<room id>/<number>` | [`MessageDocument`] |
//! | `reply/<room id>/<number>/<number>` | [`ReplyDocument`]: the second answers the first |
//! | `orphan/<room id>/<number>` | [`OrphanDocument`]: a tombstone that is to go |
//! | `key/<room id>/<who>/<key>` | [`KeyDocument`]: which message was said under it; kept seven days |
//! | `read/<room id>/<person id>` | [`ReadDocument`]: how far somebody has read |
//! | `person/<person id>` | [`PersonDocument`] |
//! | `called/<name>/<person id>` | [`CalledDocument`]: by what they are found |
//! | `also/<the name from another word on>/<person id>` | [`CalledDocument`]: by what else |
//! | `login/<login>` | [`LoginDocument`] |
//! | `session/<person id>/<sha-256 of the secret>` | [`SessionDocument`] |
//! | `link/<sha-256 of the code>` | [`LinkDocument`]: what redeeming it gives |
//! | `invitation/<person id>/<sha-256 of the code>` | [`ListedDocument`]: they made this link for others |
//! | `entrance/<person id>/<sha-256 of the code>` | [`ListedDocument`]: they sign in by this link |
//! | `leaving/<person id>` | [`LeavingDocument`]: they are gone, and not all is done yet that follows from it |
//! | `owners` | [`OwnersDocument`]: who owns this server |
//! | `used/<nonce>` | [`UsedDocument`]: a signed link that was redeemed |

mod keys;
mod messages;
mod people;
mod rooms;

use serde::de::DeserializeOwned;

pub use keys::*;
pub use messages::*;
pub use people::*;
pub use rooms::*;

pub use crate::engine::to_json;
use crate::engine::{Document, EngineError, Key, Millis};

/// How long the key of a message is remembered, in milliseconds.
pub const KEYS_LAST: Millis = 7 * 24 * 3600 * 1000;

/// The kinds of entries in the log.
pub mod kind {
    /// Something was said.
    pub const MESSAGE: &str = "message";
    /// A room's messages up to this one are no longer kept. For nodes, not for people: it has no audience.
    pub const RETIRED: &str = "retired";
    /// A message reads differently now.
    pub const EDIT: &str = "edit";
    /// A message was deleted.
    pub const DELETE: &str = "delete";
    /// Somebody reacted to a message, or does not any more.
    pub const REACTION: &str = "reaction";
    /// A room was made, or is not as it was.
    pub const ROOM: &str = "room";
    /// Somebody is in a room, or is not any more.
    pub const MEMBER: &str = "member";
    /// A person is not as they were.
    pub const PERSON: &str = "person";
}

/// Reads a document back. One that does not read is reported with its key, never its text.
pub fn read<T: DeserializeOwned>(key: &Key, document: &Document) -> Result<T, EngineError> {
    serde_json::from_slice(&document.json)
        .map_err(|error| EngineError::Unavailable(format!("the document {key} cannot be read: {error}")))
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
