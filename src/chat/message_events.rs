//! What the log tells of messages: that they were said, changed, reacted to and deleted, as events that read as
//! things are now.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;

use super::eyes::Eyes;
use super::message::{Stored, time};
use super::react::ReactionFacts;
use super::schema::{self, MessageDocument, Reaction, kind};
use super::{Chat, quote};
use crate::engine::{Document, EngineError, Entry, Id, Key};
use crate::hub::{Erases, Rendering};
use crate::wire::{Author, Event, MessageObject};

/// An event that shows a whole message.
#[derive(Serialize)]
struct Shows<'a> {
    id: String,
    room: &'a str,
    message: &'a MessageObject,
}

/// What an entry is about, if it is about a message; beside the message as it is seen.
struct About {
    room: Arc<str>,
    /// The message's own id.
    message: Id,
    /// Whether anything is stored of it now.
    is_stored: bool,
    /// The client that said it just now.
    client: Option<Arc<str>>,
    /// The message that it answers.
    answers: Option<Key>,
    /// How people reacted to it, if that is what is told.
    reactions: Vec<Reaction>,
}

impl About {
    fn new(entry: &Entry, message: Id, document: Option<&MessageDocument>) -> Self {
        let room: Arc<str> = entry.audiences.first().and_then(schema::room_of).unwrap_or_default().into();
        let answers = document.and_then(|document| document.reply_to.as_deref());
        let of = |wanted| document.filter(|_| entry.kind == wanted);
        About {
            message,
            is_stored: document.is_some(),
            client: of(kind::MESSAGE).and_then(|document| document.client.as_deref()).map(Arc::from),
            answers: answers.and_then(|id| quote::answered(&room, id)),
            reactions: of(kind::REACTION).map(|document| document.reactions.clone()).unwrap_or_default(),
            room,
        }
    }
}

impl Chat {
    /// What becomes of the entries that are about messages; of the others nothing.
    pub(super) async fn rendered_messages(
        &self,
        entries: &[(Id, Entry, Option<Document>)],
        documents: &[Option<Document>],
    ) -> Result<Vec<Option<Rendering>>, EngineError> {
        let is_later =
            |entry: &Entry| matches!(entry.kind.as_str(), kind::EDIT | kind::DELETE | kind::REACTION);
        // A message that changes may have been said in an earlier epoch.
        let epochs = match entries.iter().any(|(_, entry, _)| is_later(entry)) {
            true => Some(self.engine.epochs().await?),
            false => None,
        };
        let message_of = |(id, entry, _): &(Id, Entry, _)| {
            let number = entry.document.last_number()?;
            match (&epochs, entry.kind.as_str()) {
                (_, kind::MESSAGE) => Some(*id),
                (Some(epochs), _) if is_later(entry) => Some(epochs.id(number)),
                _ => None,
            }
        };
        let mut shown = Vec::with_capacity(entries.len());
        let mut abouts = Vec::with_capacity(entries.len());
        for (named, stored) in entries.iter().zip(documents) {
            let (_, entry, _) = named;
            abouts.push(message_of(named).map(|message| {
                let document = stored.as_ref().and_then(|stored| {
                    schema::read(&entry.document, stored).inspect_err(|error| tracing::error!(%error)).ok()
                });
                let about = About::new(entry, message, document.as_ref());
                shown.extend(document.map(|document| {
                    self.note_said(entry, &about.room, &document);
                    Stored { room: Arc::clone(&about.room), id: Some(message), document }
                }));
                about
            }));
        }
        let mut objects = self.message_objects(shown, Eyes::Everybodys).await?.into_iter();
        let reacted = entries.iter().filter_map(|(_, entry, _)| Some(reaction_of(entry)?.by));
        let authors = self.authors(reacted.collect()).await?;
        let mut renderings = Vec::with_capacity(entries.len());
        for ((id, entry, _), about) in entries.iter().zip(abouts) {
            renderings.push(about.map(|about| {
                let object = if about.is_stored { objects.next() } else { None };
                rendered(*id, entry, about, object.as_ref(), &authors)
            }));
        }
        Ok(renderings)
    }

    /// Who has just said something is not typing it any more.
    fn note_said(&self, entry: &Entry, room: &Arc<str>, document: &MessageDocument) {
        if entry.kind == kind::MESSAGE
            && let Some(person) = &document.by
        {
            self.typing().said(room, person, document.at, self.clock().now());
        }
    }
}

/// What becomes of an entry about a message, which is seen as this object if it is still there.
fn rendered(
    id: Id,
    entry: &Entry,
    about: About,
    object: Option<&MessageObject>,
    authors: &HashMap<String, Author>,
) -> Rendering {
    let shows = |message| Shows { id: id.to_string(), room: &about.room, message };
    let there = object.filter(|object| object.deleted.is_none());
    let (event, erases) = match entry.kind.as_str() {
        kind::EDIT => (there.map(|object| Event::own("edit", Some(id), &shows(object))), Erases::Document),
        kind::REACTION => (object.and_then(|_| reaction(id, entry, &about, authors)), Erases::Nothing),
        kind::DELETE => (Some(deletion(id, entry, &about, object)), Erases::Document),
        _ => (object.map(Event::message), Erases::Nothing),
    };
    Rendering {
        event,
        client: about.client,
        erases,
        quotes: about.answers,
        rights_of: Some(about.message.number),
        ..Rendering::default()
    }
}

/// A tombstone is shown; of what left none is said that it is gone.
fn deletion(id: Id, entry: &Entry, about: &About, object: Option<&MessageObject>) -> Event {
    match object {
        Some(message) => {
            Event::own("delete", Some(id), &Shows { id: id.to_string(), room: &about.room, message })
        }
        None => {
            let gone = json!({ "id": about.message.to_string(), "deleted": time(entry.at), "gone": true });
            let object = json!({ "id": id.to_string(), "room": &*about.room, "message": gone });
            Event::own("delete", Some(id), &object)
        }
    }
}

fn reaction_of(entry: &Entry) -> Option<ReactionFacts> {
    let facts = entry.facts.as_deref().filter(|_| entry.kind == kind::REACTION)?;
    serde_json::from_slice(facts).ok()
}

fn reaction(id: Id, entry: &Entry, about: &About, authors: &HashMap<String, Author>) -> Option<Event> {
    let ReactionFacts { emoji, by, on } = reaction_of(entry)?;
    let count =
        about.reactions.iter().find(|reaction| reaction.emoji == emoji).map_or(0, |found| found.by.len());
    let object = json!({
        "id": id.to_string(),
        "room": &*about.room,
        "message": about.message.to_string(),
        "emoji": emoji,
        "by": authors.get(&by),
        "on": on,
        "count": count,
    });
    Some(Event::own("reaction", Some(id), &object))
}
