//! A room as it is shown: what it is, who is in it, and what the asker may do there.

use serde::Serialize;

use super::Visit;
use crate::chat::rights::Deed;
use crate::chat::schema::{Level, Newcomers, Place, Posting, RoomKind};
use crate::chat::{Chat, PersonId, author};
use crate::engine::EngineError;
use crate::wire::Author;

/// How many people of a room are named on it.
const MOST_NAMED: usize = 10;
/// The deeds that a page asks about before it shows how to do them.
const SHOWN: [Deed; 9] = [
    Deed::Say,
    Deed::React,
    Deed::DeleteOthers,
    Deed::Join,
    Deed::Leave,
    Deed::Add,
    Deed::Remove,
    Deed::Ban,
    Deed::Settle,
];

/// A room as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct RoomObject {
    /// Its id, which stays.
    pub id: String,
    /// A public room's present name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What to show as its name; nothing for a direct room.
    pub title: String,
    /// Who can find it.
    pub kind: RoomKind,
    /// What it is about.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub topic: String,
    /// Whether it is only to be read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// What newcomers see of what was said before them.
    pub history: Newcomers,
    /// Who may speak.
    pub post: Posting,
    /// How long each person waits between two messages, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow: Option<u32>,
    /// For how long people can change what they have said, in seconds; for ever if it is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edit_window: Option<u64>,
    /// How many are in it.
    pub members: usize,
    /// Who is in it, if it is a direct room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<Vec<Author>>,
    /// What the asker may do there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub may: Option<Vec<&'static str>>,
    /// The asker's own place in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub me: Option<MyPlace>,
}

/// Somebody's own place in a room.
#[derive(Debug, Clone, Serialize)]
pub struct MyPlace {
    /// Whether they are in it.
    pub joined: bool,
    /// What they are to it.
    pub role: Place,
    /// What they want to be told of.
    pub level: Level,
    /// The id of the last message that they have read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<String>,
    /// How many messages of others came after it; 100 stands for more.
    pub unread: usize,
    /// How many of these name them.
    pub mentions: usize,
    /// The id of the last message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// When it was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_at: Option<String>,
}

impl Chat {
    /// A room as everybody who may find it sees it.
    pub async fn about(&self, room: &super::Room) -> Result<RoomObject, EngineError> {
        let document = room.document();
        let people = match document.kind {
            RoomKind::Direct => {
                let inside = room.inside();
                let ids: Vec<_> =
                    inside.iter().take(MOST_NAMED).map(|(id, _)| PersonId(id.to_string())).collect();
                Some(self.people_named(&ids).await?.into_iter().map(author).collect())
            }
            RoomKind::Public | RoomKind::Private => None,
        };
        let is_public = document.kind == RoomKind::Public;
        Ok(RoomObject {
            id: room.id.to_string(),
            name: is_public.then(|| document.name.clone()),
            title: document.name.clone(),
            kind: document.kind,
            topic: document.topic.clone(),
            archived: document.archived,
            history: document.history,
            post: document.post,
            slow: (document.slow > 0).then_some(document.slow),
            edit_window: self.policy.edit_window.map(|window| window.as_secs()),
            members: room.size(),
            people,
            may: None,
            me: None,
        })
    }

    /// A room as somebody in it sees it.
    pub async fn card(&self, visit: &Visit) -> Result<RoomObject, EngineError> {
        let mut card = self.card_without_place(visit).await?;
        card.me = self.my_place(visit).await?;
        Ok(card)
    }

    /// The same, without what they have yet to read.
    pub(in crate::chat) async fn card_without_place(&self, visit: &Visit) -> Result<RoomObject, EngineError> {
        let mut card = self.about(&visit.room).await?;
        let allowed = SHOWN.into_iter().filter(|deed| self.allow(visit, *deed).is_ok());
        card.may = Some(allowed.map(Deed::word).collect());
        Ok(card)
    }
}
