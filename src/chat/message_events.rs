//! What the log tells of messages: that they were said, changed, reacted to and deleted, as events that read as
//! things are now.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;

use super::eyes::Eyes;
use super::message::{Stored, time};
use super::react::ReactionFacts;
use super::schema::{self, MessageDocument, kind};
use super::{Chat, quote};
use crate::engine::{Document, EngineError, Entry, Id};
use crate::hub::{Erases, Rendering};
use crate::wire::{Author, Event, MessageObject};

/// An event that shows a whole message.
#[derive(Serialize)]
struct Shows<'a> {
    id: String,
    room: &'a str,
    message: &'a MessageObject,
}

/// What an entry is about, if it is about a message.
struct About {
    room: Arc<str>,
    /// The message's own id.
    message: Id,
    /// What is stored of it now.
    document: Option<MessageDocument>,
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
        let about = |(id, entry, _): &(Id, Entry, _), stored: &Option<Document>| {
            let number = entry.document.last_number()?;
            let message = match (&epochs, entry.kind.as_str()) {
                (_, kind::MESSAGE) => *id,
                (Some(epochs), _) if is_later(entry) => epochs.id(number),
                _ => return None,
            };
            let room = entry.audiences.first().and_then(schema::room_of).unwrap_or_default().into();
            let document = stored.as_ref().and_then(|stored| {
                schema::read(&entry.document, stored).inspect_err(|error| tracing::error!(%error)).ok()
            });
            Some(About { room, message, document })
        };
        let abouts: Vec<Option<About>> =
            entries.iter().zip(documents).map(|(entry, stored)| about(entry, stored)).collect();
        self.note_said(entries.iter().zip(&abouts));
        let shown = abouts.iter().flatten().filter_map(|about| {
            let document = about.document.clone()?;
            Some(Stored { room: Arc::clone(&about.room), id: Some(about.message), document })
        });
        let mut objects = self.message_objects(shown.collect(), Eyes::Everybodys).await?.into_iter();
        let reacted = entries.iter().filter_map(|(_, entry, _)| Some(reaction_of(entry)?.by));
        let authors = self.authors(reacted.collect()).await?;
        let mut renderings = Vec::with_capacity(entries.len());
        for ((id, entry, _), about) in entries.iter().zip(abouts) {
            renderings.push(about.map(|about| {
                let object = about.document.as_ref().and_then(|_| objects.next());
                rendered(*id, entry, &about, object.as_ref(), &authors)
            }));
        }
        Ok(renderings)
    }

    /// Who has just said something is not typing it any more.
    fn note_said<'a>(
        &self,
        heard: impl Iterator<Item = (&'a (Id, Entry, Option<Document>), &'a Option<About>)>,
    ) {
        for (_, about) in heard.filter(|((_, entry, _), _)| entry.kind == kind::MESSAGE) {
            if let Some(about) = about
                && let Some(document) = &about.document
                && let Some(person) = &document.by
            {
                self.typing().said(&about.room, person, document.at, self.clock().now());
            }
        }
    }
}

/// What becomes of an entry about a message, which is seen as this object if it is still there.
fn rendered(
    id: Id,
    entry: &Entry,
    about: &About,
    object: Option<&MessageObject>,
    authors: &HashMap<String, Author>,
) -> Rendering {
    let shows = |message| Shows { id: id.to_string(), room: &about.room, message };
    let there = object.filter(|object| object.deleted.is_none());
    let (event, erases) = match entry.kind.as_str() {
        kind::EDIT => (there.map(|object| Event::own("edit", Some(id), &shows(object))), Erases::Document),
        kind::REACTION => (object.and_then(|_| reaction(id, entry, about, authors)), Erases::Nothing),
        kind::DELETE => (Some(deletion(id, entry, about, object)), Erases::Document),
        _ => (object.map(Event::message), Erases::Nothing),
    };
    let document = about.document.as_ref();
    let client =
        document.filter(|_| entry.kind == kind::MESSAGE).and_then(|document| document.client.as_deref());
    let answers = document.and_then(|document| document.reply_to.as_deref());
    Rendering {
        event,
        client: client.map(Arc::from),
        erases,
        quotes: answers.and_then(|id| quote::answered(&about.room, id)),
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
    let reactions = &about.document.as_ref()?.reactions;
    let count = reactions.iter().find(|reaction| reaction.emoji == emoji).map_or(0, |found| found.by.len());
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
