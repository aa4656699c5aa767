//! Documents about rooms, and about who is in them.

use serde::{Deserialize, Serialize};

use super::is_default;
use crate::engine::{Millis, Number};

/// A room. A public room's id is the name under which it was made; any other's is random and begins with `~`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RoomDocument {
    /// A public room's present name in its canonical spelling; a private room's title.
    pub name: String,
    /// When it was made.
    pub at: Millis,
    /// Who can find it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kind: RoomKind,
    /// What it is about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub topic: String,
    /// Whether it is only to be read.
    #[serde(default, skip_serializing_if = "is_default")]
    pub archived: bool,
    /// What newcomers see of what was said before them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub history: Newcomers,
    /// Who of those who may hear may also speak.
    #[serde(default, skip_serializing_if = "is_default")]
    pub post: Posting,
    /// How long each person waits between two messages, in seconds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub slow: u32,
}

/// Who can find a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoomKind {
    /// Everybody.
    #[default]
    Public,
    /// Those who were added to it.
    Private,
    /// The people it was made for, who never change.
    Direct,
}

/// What newcomers see of what was said before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Newcomers {
    /// All of it.
    #[default]
    All,
    /// Nothing: only what is said once they have joined.
    Joined,
}

/// Who of those who may hear may also speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Posting {
    /// All of them.
    #[default]
    Everyone,
    /// Those who are in the room and have an account.
    Members,
    /// Those who keep the room, and moderators.
    Moderators,
}

/// Somebody's place in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberDocument {
    /// What they are to the room.
    #[serde(rename = "as")]
    pub place: Place,
    /// Since when.
    pub at: Millis,
    /// They may hear what was said after this number; if it is not set, after the entry by which they came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Number>,
    /// Who put them there, if it was not themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why they are banned.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What somebody is to a room that has a place for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// They are in it.
    Member,
    /// They are in it and keep it.
    Keeper,
    /// They may not be in it.
    Banned,
}

/// A person's room, seen from the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MineDocument {
    /// Since when.
    pub at: Millis,
    /// What they want to be told of.
    #[serde(default, skip_serializing_if = "is_default")]
    pub level: Level,
}

/// What somebody wants to be told of in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Every message.
    #[default]
    All,
    /// Messages that mention them.
    Mentions,
    /// Nothing.
    None,
    /// Nothing, and the room stands apart in their list.
    Hidden,
}

/// That somebody has just spoken in a room with slow mode. It expires when they may speak again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlowDocument {
    /// When they may speak again.
    pub until: Millis,
}

/// That a message answers another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReplyDocument {}

/// How far somebody has read in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadDocument {
    /// The number of the last message that they have read.
    pub upto: Number,
    /// When.
    pub at: Millis,
}

/// Where a public name leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameDocument {
    /// The room's id.
    pub room: String,
}
