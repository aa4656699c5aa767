//! What can be set of a room: its name, topic, who speaks, and whether it is only to be read.

use super::Visit;
use crate::chat::rights::Deed;
use crate::chat::schema::{self, NameDocument, Newcomers, Posting, RoomDocument, RoomKind, kind};
use crate::chat::{BadRoomName, Chat, Refusal, RoomName, Setting, Speaker, visible};
use crate::engine::{Commit, NewEntry, Outcome};

/// The longest title of a private room, in characters.
const MOST_TITLE_CHARACTERS: usize = 64;
/// The longest topic, in characters.
const MOST_TOPIC_CHARACTERS: usize = 250;
/// The longest time between two messages in slow mode, in seconds.
const MOST_SLOW: u32 = 6 * 3600;

/// What shall be otherwise; what is not set stays.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// A public room's name, or a private room's title. The old name still leads to it.
    pub name: Option<String>,
    /// What it is about.
    pub topic: Option<String>,
    /// Whether it is only to be read.
    pub archived: Option<bool>,
    /// What newcomers see of what was said before them.
    pub history: Option<Newcomers>,
    /// Who may speak.
    pub post: Option<Posting>,
    /// How long each person waits between two messages, in seconds; 0 for no time.
    pub slow: Option<u32>,
}

impl Chat {
    /// Changes a room. Everybody in it hears of it.
    pub async fn settle(
        &self,
        speaker: &Speaker,
        name: &RoomName,
        wish: &Settings,
    ) -> Result<Visit, Refusal> {
        self.insist_in(speaker, name, |visit| async move {
            if !visit.room.exists() {
                return Err(Refusal::NoSuchRoom);
            }
            self.allow(&visit, Deed::Settle)?;
            let document = settled_document(&visit.document, wish)?;
            if document == *visit.document {
                return Ok(Some(visit));
            }
            let mut commit = Commit::new();
            if !self.commit_as(&mut commit, name, &visit, Deed::Settle).await? {
                return Ok(None);
            }
            if document.kind == RoomKind::Public && document.name != visit.document.name {
                self.take_name(&mut commit, &document.name, &visit.room.id).await?;
            }
            let key = schema::room(&visit.room.id);
            commit.put(key.clone(), &document);
            commit.entry = Some(NewEntry {
                audiences: vec![visit.audience()],
                kind: kind::ROOM.to_owned(),
                document: key.into(),
                facts: None,
                at: self.clock().now(),
            });
            match self.commit_and_hear(commit).await? {
                Outcome::Conflict => Ok(None),
                Outcome::Done { .. } => Ok(Some(self.visit(speaker, name).await?)),
            }
        })
        .await
    }

    /// Lets a name lead to a room, unless it leads to another.
    async fn take_name(&self, commit: &mut Commit, name: &str, room: &str) -> Result<(), Refusal> {
        let key = schema::name(name);
        match self.stored::<NameDocument>(&key).await? {
            Some((_, leads)) if leads.room != room => return Err(Refusal::NameTaken),
            Some((version, _)) => commit.check(&key, Some(version)),
            None => {
                commit.check(&key, None);
                commit.put(key, &NameDocument { room: room.to_owned() });
            }
        }
        Ok(())
    }
}

/// What a room is once this is settled.
fn settled_document(before: &RoomDocument, wish: &Settings) -> Result<RoomDocument, Refusal> {
    let name = match (&wish.name, before.kind) {
        (None, _) => before.name.clone(),
        (Some(name), RoomKind::Public) => {
            let name = RoomName::parse(name).map_err(Refusal::BadRoomName)?;
            if name.is_hidden() {
                return Err(Refusal::BadRoomName(BadRoomName::LeadingTilde));
            }
            name.as_str().to_owned()
        }
        (Some(title), _) => checked_title(title)?,
    };
    let slow = wish.slow.unwrap_or(before.slow);
    if slow > MOST_SLOW {
        return Err(Refusal::BadSetting(Setting::Slow));
    }
    Ok(RoomDocument {
        name,
        topic: wish.topic.as_deref().map_or(Ok(before.topic.clone()), checked_topic)?,
        archived: wish.archived.unwrap_or(before.archived),
        history: wish.history.unwrap_or(before.history),
        post: wish.post.unwrap_or(before.post),
        slow,
        ..before.clone()
    })
}

/// The title of a private room on one line, without spaces around it and what cannot be seen.
pub(super) fn checked_title(title: &str) -> Result<String, Refusal> {
    let title = visible::one_line(title);
    let is_title = !title.is_empty() && title.chars().count() <= MOST_TITLE_CHARACTERS;
    is_title.then_some(title).ok_or(Refusal::BadSetting(Setting::Title))
}

/// A topic in the same way.
pub(super) fn checked_topic(topic: &str) -> Result<String, Refusal> {
    let topic = visible::one_line(topic);
    let is_topic = topic.chars().count() <= MOST_TOPIC_CHARACTERS;
    is_topic.then_some(topic).ok_or(Refusal::BadSetting(Setting::Topic))
}
