//! Documents about what was said.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::is_default;
use crate::engine::{Millis, Number};

/// Something that was said; with `deleted`, a tombstone.
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
    /// When its words were last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<Millis>,
    /// When it was deleted. What hangs on it keeps its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Millis>,
    /// The ids of the people whom it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<String>,
    /// Whether it calls everybody in the room.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mentions_all: bool,
    /// Whom it was told of when it was said, if that is not what it names now: an edit calls nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called: Option<Called>,
    /// How people reacted to it, in the order in which each reaction came first. They are theirs, not its author's, and
    /// stay when it is deleted, until they take them back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// How many messages answer it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub replies: u32,
}

impl MessageDocument {
    /// Nothing, said at a time.
    pub fn said_at(at: Millis) -> Self {
        MessageDocument {
            at,
            by: None,
            client: None,
            body: None,
            data: None,
            reply_to: None,
            kind: None,
            key: None,
            edited: None,
            deleted: None,
            mentions: Vec::new(),
            mentions_all: false,
            called: None,
            reactions: Vec::new(),
            replies: 0,
        }
    }

    /// Whether something hangs on it, for which its place stays when it is deleted: an answer, or a reaction.
    pub fn holds(&self) -> bool {
        self.replies > 0 || !self.reactions.is_empty()
    }

    /// Whether it is a tombstone that stays for nothing.
    pub fn is_orphan(&self) -> bool {
        self.deleted.is_some() && !self.holds()
    }
}

/// Whom a message called when it was said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Called {
    /// The ids of people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<String>,
    /// Whether it called everybody.
    #[serde(default, skip_serializing_if = "is_default")]
    pub all: bool,
}

/// One emoji, and who reacted with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// The ids of people, in the order in which they came.
    pub by: Vec<String>,
}

/// That a key was used, by the message whose number is that of this document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDocument {
    /// SHA-256 of what was said under it, in hexadecimal; as long as that is still what the message says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The number of the message, if this document was written again since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Number>,
}

/// That a tombstone is to go: nothing hangs on it any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrphanDocument {
    /// The id of its room.
    pub room: String,
    /// Its number.
    pub number: Number,
}
