//! Every key and its document. Keys read as paths; values are JSON that a person can read.
//!
//! | key | document |
//! |---|---|
//! | `room/<room id>` | [`RoomDocument`] |
//! | `name/<public name>` | [`NameDocument`]: leads to the room's id |
//! | `message/<room id>/<number>` | [`MessageDocument`] |
//! | `key/<room id>/<who>/<key>` | [`KeyDocument`]: kept seven days; its number is the message's |
//! | `person/<person id>` | [`PersonDocument`] |
//! | `session/<sha-256 of the token>` | [`SessionDocument`] |

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use bytes::Bytes;

use crate::engine::{Audience, Document, EngineError, Key, Millis, Number};

/// How long the key of a message is remembered, in milliseconds.
pub const KEYS_LAST: Millis = 7 * 24 * 3600 * 1000;

/// The kinds of entries in the log.
pub mod kind {
    /// Something was said.
    pub const MESSAGE: &str = "message";
    /// A room's messages up to this one are no longer kept. For nodes, not for people: it has no audience.
    pub const RETIRED: &str = "retired";
    /// A person has another name.
    pub const PERSON: &str = "person";
}

/// A room. A public room's id is the name under which it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomDocument {
    /// The name in its canonical spelling.
    pub name: String,
    /// When it was made.
    pub at: Millis,
}

/// Where a public name leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameDocument {
    /// The room's id.
    pub room: String,
}

/// Something that was said.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MessageDocument {
    /// When.
    pub at: Millis,
    /// The person's id, if they have given a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The client that sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The JSON of a program, without line ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    /// The id of the message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The type that its author gave it.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The key by which its author can repeat it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// That a key was used. The number of the message is the number of this document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDocument {
    /// SHA-256 of what was said under it, in hexadecimal.
    pub fingerprint: String,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonDocument {
    /// The name by which they go.
    pub name: String,
    /// When they came.
    pub at: Millis,
}

/// A device on which a person is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionDocument {
    /// The person's id.
    pub person: String,
    /// Since when.
    pub at: Millis,
}

/// `room/<room id>`
pub fn room(id: &str) -> Key {
    Key::new("room").part(id)
}

/// `name/<public name>`
pub fn name(name: &str) -> Key {
    Key::new("name").part(name)
}

/// `message/<room id>`, under which the numbers stand.
pub fn messages(room: &str) -> Key {
    Key::new("message").part(room)
}

/// `message/<room id>/<number>`
pub fn message(room: &str, number: Number) -> Key {
    messages(room).number(number)
}

/// `key/<room id>/<who>/<key>`
pub fn key(room: &str, who: &str, key: &str) -> Key {
    Key::new("key").part(room).part(who).part(key)
}

/// `person/<person id>`
pub fn person(id: &str) -> Key {
    Key::new("person").part(id)
}

/// `session/<sha-256 of the token>`
pub fn session(token_hash: &str) -> Key {
    Key::new("session").part(token_hash)
}

/// Those who listen to a room.
pub fn room_audience(room: &str) -> Audience {
    Audience::new(&format!("room:{room}"))
}

/// The id of the room whose listeners an audience is.
pub fn room_of(audience: &Audience) -> Option<&str> {
    audience.0.strip_prefix("room:")
}

/// A person's own devices.
pub fn person_audience(id: &str) -> Audience {
    Audience::new(&format!("person:{id}"))
}

/// A document as it is stored.
#[expect(clippy::expect_used, reason = "structs of strings, integers and raw JSON cannot fail to serialize")]
pub fn to_json(document: &impl Serialize) -> Bytes {
    Bytes::from(serde_json::to_vec(document).expect("serializable"))
}

/// Reads a document back. One that does not read is reported with its key, never its text.
pub fn read<T: DeserializeOwned>(key: &Key, document: &Document) -> Result<T, EngineError> {
    serde_json::from_slice(&document.json)
        .map_err(|error| EngineError::Unavailable(format!("the document {key} cannot be read: {error}")))
}
