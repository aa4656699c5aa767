//! To say something that nobody keeps: heard by those who are here now.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::message::signalled;
use super::schema::{self, MessageDocument, PersonDocument};
use super::{Chat, Draft, Person, PersonId, Refusal, RoomName, Speaker};
use crate::hub::Signal;
use crate::wire::{Event, MessageObject};

/// A signal on its way between nodes.
#[derive(Serialize, Deserialize)]
struct Payload {
    room: String,
    message: MessageDocument,
    person: Option<PersonDocument>,
}

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
        let payload = Payload { room, message, person };
        self.engine().signal(schema::to_json(&payload)).await?;
        Ok(object)
    }
}

/// The signal in a payload.
pub(super) fn read(payload: &Bytes) -> Option<Signal> {
    let Payload { room, message, person } = serde_json::from_slice(payload).ok()?;
    let by = message.by.clone().zip(person).map(|(id, person)| Person::of(PersonId(id), person));
    let client = message.client.as_deref().map(Arc::from);
    let event = Event::message(&signalled(&room, message, by));
    Some(Signal::new(schema::room_audience(&room), client, event))
}
