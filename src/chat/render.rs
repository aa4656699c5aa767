//! From what is stored to what is seen: entries and documents become events.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::json;

use super::rooms::{Change, Member, MemberFacts};
use super::schema::{self, MemberDocument, PersonDocument, kind};
use super::{Chat, PersonFacts, PersonId, author};
use crate::engine::{Audience, Document, EngineError, Entry, Id, Key, Number};
use crate::hub::{Erases, Here, Moves, Renderer, Rendering, Signal};
use crate::wire::Event;

impl Chat {
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

    /// Looks up what rights will be asked of before anybody hears of it.
    async fn look_up(&self, entries: &[(Id, Entry, Option<Document>)]) -> Result<(), EngineError> {
        self.look_up_stale().await?;
        for room in entries.iter().flat_map(|(_, entry, _)| &entry.audiences).filter_map(schema::room_of) {
            if !self.known.is_asked_of(room) {
                continue;
            }
            if !self.room_of_id(room).await?.exists() {
                // It had yet to be made when it was looked up.
                self.load(room).await?;
            }
        }
        Ok(())
    }

    async fn look_up_stale(&self) -> Result<(), EngineError> {
        // By one at a time: nobody goes on before it is done.
        let _turn = self.looking_up.lock().await;
        let Some(stale) = self.stale().take() else { return Ok(()) };
        let looking_up = async {
            self.load_all(&stale).await?;
            self.look_listeners_up().await
        };
        let outcome = looking_up.await;
        if outcome.is_err() {
            self.stale().get_or_insert_default().extend(stale);
        }
        outcome
    }

    /// Takes in what an entry says of rooms and people, before anybody else hears of it. What is stored is at least
    /// as new as the entry.
    fn take_in(&self, entry: &Entry, stored: Option<&Document>) -> Result<(), EngineError> {
        let as_of = stored.and_then(|stored| stored.number).unwrap_or_default().max(entry.number);
        match entry.kind.as_str() {
            kind::MESSAGE => {
                let room = entry.audiences.first().and_then(schema::room_of);
                room.into_iter().for_each(|room| self.known.hear_message(room));
            }
            kind::ROOM => {
                let Some(room) = entry.document.last_part() else { return Ok(()) };
                let stored = match stored {
                    Some(stored) => Some((stored.version, schema::read(&entry.document, stored)?)),
                    None => None,
                };
                self.known.hear_room(room, stored, as_of);
            }
            kind::MEMBER => {
                let Some((room, person)) = place_of(&entry.document) else { return Ok(()) };
                let member = stored.map(|stored| Member::read(&entry.document, stored)).transpose()?;
                self.known.hear_member(room, person, member, as_of);
                if MemberFacts::of(entry).is_some_and(|facts| facts.rose) {
                    self.people.forget(&PersonId(person.to_owned()));
                }
            }
            kind::PERSON => {
                let Some(id) = entry.document.last_part() else { return Ok(()) };
                self.people.forget(&PersonId(id.to_owned()));
                if let Some(stored) = stored {
                    let person: PersonDocument = schema::read(&entry.document, stored)?;
                    self.listeners.hear_role(id, person.role, as_of);
                }
                for session in PersonFacts::of(entry).ended {
                    self.listeners.end(&session);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

#[async_trait]
impl Renderer for Chat {
    async fn render(&self, entries: &[(Id, Entry, Option<Document>)]) -> Result<Vec<Rendering>, EngineError> {
        self.look_up(entries).await?;
        let documents = self.documents(entries).await?;
        for ((_, entry, _), stored) in entries.iter().zip(&documents) {
            if let Err(error) = self.take_in(entry, stored.as_ref()) {
                tracing::error!(%error, "an entry cannot be understood");
            }
        }
        let mut messages = self.rendered_messages(entries, &documents).await?.into_iter();
        let mut renderings = Vec::with_capacity(entries.len());
        for ((id, entry, _), stored) in entries.iter().zip(&documents) {
            let message = messages.next().flatten();
            renderings.push(match (message, entry.kind.as_str()) {
                (Some(message), _) => message,
                (None, kind::RETIRED) => Rendering { erases: Erases::UpToDocument, ..Rendering::default() },
                (None, kind::MEMBER) => self.rendered_member(*id, entry, stored.as_ref()).await?,
                (None, kind::ROOM) => self.rendered_room(*id, entry).await?,
                (None, kind::PERSON) => self.rendered_person(*id, entry).await?,
                (None, _) => Rendering::default(),
            });
        }
        Ok(renderings)
    }

    fn signal(&self, payload: &Bytes) -> Option<Signal> {
        self.hear(payload)
    }

    async fn gathered(&self) -> Vec<Signal> {
        self.gather().await.unwrap_or_else(|error| {
            tracing::debug!(%error, "what was gathered cannot be told just now");
            Vec::new()
        })
    }

    fn reached(&self, upto: Number) {
        self.reached.send_replace(Some(upto));
    }

    fn begin_again(&self) {
        let rooms = self.known.begin_again();
        // Rights are asked of these; they are looked up before the next entry is heard.
        self.stale().get_or_insert_default().extend(rooms);
        self.people.forget_all();
        self.forget_counts();
    }

    fn here(&self, audience: &Audience, here: &Here) -> Option<Event> {
        let room = schema::room_of(audience)?;
        let mut told = json!({ "room": room, "count": here.count });
        if let Some(people) = &here.people {
            told["people"] = people.iter().map(|id| &**id).collect();
        }
        Some(Event::own("here", None, &told))
    }
}

impl Chat {
    async fn rendered_member(
        &self,
        id: Id,
        entry: &Entry,
        stored: Option<&Document>,
    ) -> Result<Rendering, EngineError> {
        let Some((room, person)) = place_of(&entry.document) else { return Ok(Rendering::default()) };
        let Some(facts) = MemberFacts::of(entry) else { return Ok(Rendering::default()) };
        let document: Option<MemberDocument> =
            stored.map(|stored| schema::read(&entry.document, stored)).transpose()?;
        let them = self.person_named(Some(person)).await?;
        if let Some(them) = them.as_ref().filter(|_| facts.rose) {
            self.listeners.hear_role(person, them.role, entry.number);
        }
        let by = self.person_named(facts.by.as_deref()).await?;
        let mut object = json!({
            "id": id.to_string(),
            "room": room,
            "person": them.map(author),
            "change": facts.change,
        });
        if let Some(by) = by {
            object["by"] = json!(author(by));
        }
        if let Some(document) = &document {
            object["role"] = json!(document.place);
            if facts.change == Change::Banned && !document.reason.is_empty() {
                object["reason"] = json!(document.reason);
            }
        }
        let hears = document.is_some_and(|document| document.place != schema::Place::Banned);
        let someone = vec![Arc::from(person)];
        let (enter, leave) = if hears { (someone, Vec::new()) } else { (Vec::new(), someone) };
        let moves = Moves { audience: schema::room_audience(room), enter, leave };
        let event = Event::own("member", Some(id), &object);
        Ok(Rendering { event: Some(event), moves: Some(Arc::new(moves)), ..Rendering::default() })
    }

    async fn rendered_room(&self, id: Id, entry: &Entry) -> Result<Rendering, EngineError> {
        let Some(key) = entry.document.last_part() else { return Ok(Rendering::default()) };
        let room = self.room_of_id(key).await?;
        let about = self.about(&room).await?;
        let object = json!({ "id": id.to_string(), "room": &*room.id, "about": about });
        // When a room is made, those who were put in it hear of it under their own name.
        let is_new = entry.audiences.iter().any(|audience| schema::person_of(audience).is_some());
        let moves = is_new.then(|| Moves {
            audience: room.audience(),
            enter: entry.audiences.iter().filter_map(schema::person_of).map(Arc::from).collect(),
            leave: Vec::new(),
        });
        let event = Event::own("room", Some(id), &object);
        Ok(Rendering { event: Some(event), moves: moves.map(Arc::new), ..Rendering::default() })
    }

    async fn rendered_person(&self, id: Id, entry: &Entry) -> Result<Rendering, EngineError> {
        let Some(person) = self.person_named(entry.document.last_part()).await? else {
            return Ok(Rendering::default());
        };
        let object = json!({ "id": id.to_string(), "person": person.object(), "change": PersonFacts::of(entry).change });
        Ok(Rendering { event: Some(Event::own("person", Some(id), &object)), ..Rendering::default() })
    }
}

/// The room and the person of a key `member/<room>/<person>`.
fn place_of(key: &Key) -> Option<(&str, &str)> {
    key.as_str().strip_prefix("member/")?.rsplit_once('/')
}
