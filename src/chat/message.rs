//! Messages as they are seen, from their documents and the present names of all who are on them. A page of them
//! costs two reads at most, however many there are.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;

use super::eyes::Eyes;
use super::quote::Quotes;
use super::schema::{MessageDocument, Reaction};
use super::{Chat, Person, PersonId, author};
use crate::engine::{EngineError, Id, Millis};
use crate::wire::{Author, MessageObject, ReactionObject};

/// How many people are named on a reaction.
const MOST_NAMED: usize = 50;

/// A time as it is written on the wire: RFC 3339 in UTC, with milliseconds.
pub fn time(at: Millis) -> String {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
    PRINTER.timestamp_to_string(&Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// A stored message, with where it stands.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    /// The id of its room.
    pub(super) room: Arc<str>,
    /// Its own; a signal has none.
    pub(super) id: Option<Id>,
    /// What is stored.
    pub(super) document: MessageDocument,
}

/// People by their ids, as they are shown.
type Authors = HashMap<String, Author>;

impl Chat {
    /// Messages as they are seen.
    pub(super) async fn message_objects(
        &self,
        messages: Vec<Stored>,
        eyes: Eyes<'_>,
    ) -> Result<Vec<MessageObject>, EngineError> {
        let answers = messages
            .iter()
            .filter_map(|message| Some((&*message.room, message.document.reply_to.as_deref()?)));
        let quotes = self.quotes(answers, eyes).await?;
        let ids = messages.iter().flat_map(|message| people_on(&message.document)).chain(quotes.people());
        let authors = self.authors(ids.map(str::to_owned).collect()).await?;
        Ok(messages.into_iter().map(|message| object(message, &quotes, &authors, eyes.person())).collect())
    }

    /// One message as it is seen.
    pub(super) async fn message_object(
        &self,
        message: Stored,
        eyes: Eyes<'_>,
    ) -> Result<MessageObject, EngineError> {
        Ok(self.message_objects(vec![message], eyes).await?.pop().unwrap_or_default())
    }

    /// These people as they are shown, without those who are not known.
    pub(super) async fn authors(&self, mut ids: Vec<String>) -> Result<Authors, EngineError> {
        ids.sort_unstable();
        ids.dedup();
        let ids: Vec<_> = ids.into_iter().map(PersonId).collect();
        let people = self.people_named(&ids).await?;
        Ok(people.into_iter().map(|person| (person.id.0.clone(), author(person))).collect())
    }
}

/// Whose names are shown with a message.
fn people_on(document: &MessageDocument) -> impl Iterator<Item = &str> {
    let reacted = document.reactions.iter().flat_map(|reaction| reaction.by.iter().take(MOST_NAMED));
    document.by.iter().chain(&document.mentions).chain(reacted).map(String::as_str)
}

/// A message that nobody keeps, as it is seen.
pub(super) fn signalled(room: &str, document: MessageDocument, by: Option<Person>) -> MessageObject {
    let authors = by.map(|person| (person.id.0.clone(), author(person))).into_iter().collect();
    object(Stored { room: room.into(), id: None, document }, &Quotes::default(), &authors, None)
}

/// A message as it is seen, by everybody or by one person.
fn object(message: Stored, quotes: &Quotes, authors: &Authors, person: Option<&str>) -> MessageObject {
    let Stored { room, id, document } = message;
    let quote = document.reply_to.as_deref().and_then(|id| quotes.object(&room, id, authors));
    let named = |ids: &[String]| ids.iter().filter_map(|id| authors.get(id).cloned()).collect();
    let reaction = |reaction: Reaction| ReactionObject {
        count: reaction.by.len(),
        by: named(&reaction.by[..reaction.by.len().min(MOST_NAMED)]),
        mine: person.is_some_and(|person| reaction.by.iter().any(|by| by == person)),
        emoji: reaction.emoji,
    };
    MessageObject {
        id,
        room: room.to_string(),
        at: time(document.at),
        by: document.by.and_then(|id| authors.get(&id).cloned()),
        body: document.body,
        data: document.data,
        reply_to: document.reply_to,
        quote,
        kind: document.kind,
        key: document.key,
        edited: document.edited.map(time),
        deleted: document.deleted.map(time),
        mentions: named(&document.mentions),
        mentions_all: document.mentions_all,
        reactions: document.reactions.into_iter().map(reaction).collect(),
        replies: document.replies,
    }
}
