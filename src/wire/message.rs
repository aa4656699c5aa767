//! A message and those who are named on it, as everybody sees them.

use serde::Serialize;
use serde_json::value::RawValue;

use super::Id;

/// Who said or did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Author {
    /// The person's id.
    pub id: String,
    /// The name by which they go now; empty for somebody who has deleted their account.
    pub name: String,
    /// One emoji that stands for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub face: Option<String>,
    /// Whether it is a program.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bot: bool,
    /// Whether they have deleted their account.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
}

/// A message as everybody sees it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MessageObject {
    /// Its place in the log; a signal has none.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub id: Option<Id>,
    /// The room's id.
    pub room: String,
    /// When it was said, as RFC 3339 in UTC with milliseconds.
    pub at: String,
    /// Who said it, if they have a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Author>,
    /// What was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// What a program said, as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    /// The id of the message that this one answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// That message as it reads now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<QuoteObject>,
    /// The type that its author gave it.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The key by which its author can repeat it safely.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// When its words were last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited: Option<String>,
    /// When it was deleted: nothing is left of it but its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted: Option<String>,
    /// Whom it names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Author>,
    /// Whether it calls everybody in the room.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mentions_all: bool,
    /// How people reacted to it, each emoji in the order in which it came first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<ReactionObject>,
    /// How many messages answer it.
    #[serde(skip_serializing_if = "is_zero")]
    pub replies: u32,
}

/// One emoji on a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReactionObject {
    /// The emoji.
    pub emoji: String,
    /// How many people reacted with it.
    pub count: usize,
    /// The first of them.
    pub by: Vec<Author>,
    /// Whether the asker is among them; only in what is said to one asker.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mine: bool,
}

/// A message that another one answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuoteObject {
    /// Its id.
    pub id: String,
    /// Who said it, if they have a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Author>,
    /// The beginning of what was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Whether it was deleted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

#[expect(clippy::ref_option, reason = "the signature that serde asks for")]
fn as_text<S: serde::Serializer>(id: &Option<Id>, serializer: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => serializer.collect_str(id),
        None => serializer.serialize_none(),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}
