//! From what is stored to what is seen: entries and documents become events.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::message::message_object;
use super::schema::{self, MessageDocument, kind};
use super::{Chat, Person, PersonId, signal};
use crate::engine::{Audience, Document, EngineError, Entry, Id, Key};
use crate::hub::{Erases, Here, Renderer, Rendering, Signal};
use crate::wire::{Event, MessageObject};

impl Chat {
    /// Messages of one room as everybody sees them, with their authors' present names.
    pub(super) async fn message_objects(
        &self,
        room: &str,
        messages: Vec<(Id, MessageDocument)>,
    ) -> Result<Vec<MessageObject>, EngineError> {
        let authors = self.authors(messages.iter().map(|(_, document)| document)).await?;
        Ok(messages
            .into_iter()
            .map(|(id, document)| {
                let by = document.by.as_ref().and_then(|id| authors.get(id)).cloned();
                message_object(Some(id), room, document, by)
            })
            .collect())
    }

    async fn authors<'a>(
        &self,
        messages: impl Iterator<Item = &'a MessageDocument>,
    ) -> Result<HashMap<String, Person>, EngineError> {
        let mut ids: Vec<_> = messages.filter_map(|document| document.by.clone()).map(PersonId).collect();
        ids.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        ids.dedup();
        let people = self.people_named(&ids).await?;
        Ok(people.into_iter().map(|person| (person.id.0.clone(), person)).collect())
    }

    /// The documents of entries: those at hand, and the others read in one go.
    async fn documents(
        &self,
        entries: &[(Id, Entry, Option<Document>)],
    ) -> Result<Vec<Option<Document>>, EngineError> {
        let missing: Vec<Key> = entries
            .iter()
            .filter(|(_, _, at_hand)| at_hand.is_none())
            .map(|(_, entry, _)| entry.document.clone())
            .collect();
        let mut read =
            if missing.is_empty() { Vec::new() } else { self.engine().get(&missing).await? }.into_iter();
        Ok(entries.iter().map(|(_, _, at_hand)| at_hand.clone().or_else(|| read.next().flatten())).collect())
    }
}

#[async_trait]
impl Renderer for Chat {
    async fn render(&self, entries: &[(Id, Entry, Option<Document>)]) -> Result<Vec<Rendering>, EngineError> {
        for (_, entry, _) in entries.iter().filter(|(_, entry, _)| entry.kind == kind::PERSON) {
            if let Some(id) = entry.document.as_str().strip_prefix("person/") {
                self.people.forget(&PersonId(id.to_owned()));
            }
        }
        let documents = self.documents(entries).await?;
        let messages: Vec<Option<MessageDocument>> = entries
            .iter()
            .zip(documents)
            .map(|((_, entry, _), stored)| {
                let stored = stored.filter(|_| entry.kind == kind::MESSAGE)?;
                schema::read(&entry.document, &stored).inspect_err(|error| tracing::error!(%error)).ok()
            })
            .collect();
        let authors = self.authors(messages.iter().flatten()).await?;
        Ok(entries
            .iter()
            .zip(messages)
            .map(|((id, entry, _), message)| match message {
                Some(message) => rendered(*id, entry, message, &authors),
                None if entry.kind == kind::RETIRED => {
                    Rendering { erases: Erases::UpToDocument, ..Rendering::default() }
                }
                None => Rendering::default(),
            })
            .collect())
    }

    fn signal(&self, payload: &Bytes) -> Option<Signal> {
        signal::read(payload)
    }

    async fn gathered(&self) -> Vec<Signal> {
        Vec::new()
    }

    fn begin_again(&self) {
        self.rooms.forget_all();
        self.people.forget_all();
    }

    fn here(&self, audience: &Audience, here: &Here) -> Option<Event> {
        let room = schema::room_of(audience)?;
        let mut told = serde_json::json!({ "room": room, "count": here.count });
        if let Some(people) = &here.people {
            told["people"] = people.iter().map(|id| &**id).collect();
        }
        Some(Event::own("here", None, &told))
    }
}

fn rendered(id: Id, entry: &Entry, message: MessageDocument, authors: &HashMap<String, Person>) -> Rendering {
    // A public room's name is its id; it is the first audience of everything said in it.
    let room = entry.audiences.first().and_then(schema::room_of).unwrap_or_default().to_owned();
    let by = message.by.as_ref().and_then(|id| authors.get(id)).cloned();
    let client = message.client.as_deref().map(Arc::from);
    let event = Event::message(&message_object(Some(id), &room, message, by));
    Rendering { event: Some(event), client, erases: Erases::Nothing }
}
