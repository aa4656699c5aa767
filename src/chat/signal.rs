//! To say something that nobody keeps: heard by those who are here now. And what comes of what nodes tell each
//! other that nobody keeps.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::json;

use super::message::signalled;
use super::payload::Payload;
use super::schema::{self, MessageDocument, PersonDocument};
use super::{Chat, Draft, Person, PersonId, Refusal, RoomName, Speaker, Visit};
use crate::engine::{Commit, EngineError, Outcome};
use crate::hub::Signal;
use crate::wire::{Event, MessageObject};

impl Chat {
    /// Sends a signal to those who listen to a room now. It has no id, and repeating it repeats it.
    pub async fn signal(
        &self,
        name: &RoomName,
        speaker: &Speaker,
        mut draft: Draft,
    ) -> Result<MessageObject, Refusal> {
        draft.check()?;
        let visit = self.visit(speaker, name).await?;
        self.allow_to_say(&visit)?;
        self.take_signals_time(&visit).await?;
        let message = MessageDocument {
            by: speaker.person.as_ref().map(|person| person.id.0.clone()),
            client: speaker.client.as_deref().map(str::to_owned),
            body: draft.body,
            data: draft.data,
            reply_to: draft.reply_to,
            kind: draft.kind,
            key: draft.key,
            ..MessageDocument::said_at(self.clock().now())
        };
        let by = visit.person;
        let person = by.as_ref().map(Person::shown);
        let room = visit.room.id.to_string();
        let object = signalled(&room, message.clone(), by);
        self.tell_nodes(&Payload::Said { room, message: Box::new(message), person }).await?;
        Ok(object)
    }

    /// In slow mode a signal takes its time as a message does.
    async fn take_signals_time(&self, visit: &Visit) -> Result<(), Refusal> {
        self.insist(|| async {
            let mut commit = Commit::new();
            self.take_time(&mut commit, visit).await?;
            let takes_none = commit.puts.is_empty();
            let is_done = takes_none || self.commit_surely(commit).await? != Outcome::Conflict;
            Ok(is_done.then_some(()))
        })
        .await
    }

    /// Takes in what a node tells; a signal comes of it at once, or later with what was gathered, or never.
    pub(super) fn hear(&self, payload: &Bytes) -> Option<Signal> {
        match serde_json::from_slice(payload).ok()? {
            Payload::Said { room, message, person } => Some(said(&room, *message, person)),
            Payload::Typing { room, person } => {
                self.typing().hear(&room, &person, self.clock().now());
                None
            }
            Payload::Read { room, person, id, to_room } => {
                let audience =
                    if to_room { schema::room_audience(&room) } else { schema::person_audience(&person) };
                let event = Event::own("read", None, &json!({ "room": room, "person": person, "id": id }));
                Some(Signal::new(audience, None, event))
            }
            Payload::Presence { person, page, state, rooms } => {
                self.presence().hear(&person, &page, state, &rooms, self.clock().now());
                None
            }
        }
    }

    /// What is to be told of what was gathered, to be asked for once a second.
    pub(super) async fn gather(&self) -> Result<Vec<Signal>, EngineError> {
        let now = self.clock().now();
        let mut signals = self.gather_typing(now).await?;
        for (room, people) in self.presence().gather(now) {
            let people: Vec<_> =
                people.iter().map(|(id, state)| json!({ "id": id, "state": state })).collect();
            let event = Event::own("presence", None, &json!({ "room": room, "people": people }));
            signals.push(Signal::gathered(schema::room_audience(&room), event));
        }
        Ok(signals)
    }
}

fn said(room: &str, message: MessageDocument, person: Option<PersonDocument>) -> Signal {
    let by = message.by.clone().zip(person).map(|(id, person)| Person::of(PersonId(id), person));
    let client = message.client.as_deref().map(Arc::from);
    let event = Event::message(&signalled(room, message, by));
    Signal::new(schema::room_audience(room), client, event)
}
