//! To say something that nobody keeps: heard by those who are here now.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::message::message_object;
use super::schema::{self, MessageDocument};
use super::{Chat, Draft, Person, PersonId, Refusal, RoomName, Speaker};
use crate::hub::Signal;
use crate::wire::{Event, MessageObject};

/// A signal on its way between nodes.
#[derive(Serialize, Deserialize)]
struct Payload {
    room: String,
    /// The room's name.
    name: String,
    message: MessageDocument,
    person: Option<String>,
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
        let room = self.room(name).await?;
        self.check_speakable(&room)?;
        let message = MessageDocument {
            at: self.clock().now(),
            by: speaker.person.as_ref().map(|person| person.id.0.clone()),
            client: speaker.client.as_deref().map(str::to_owned),
            body: draft.body,
            data: draft.data,
            reply_to: draft.reply_to,
            kind: draft.kind,
            key: draft.key,
        };
        let by = self.person_named(message.by.as_deref()).await?;
        let person = by.as_ref().map(|person| person.name.clone());
        let object = message_object(None, name.as_str(), message.clone(), by);
        let payload = Payload { room: room.id.clone(), name: name.as_str().to_owned(), message, person };
        self.engine().signal(schema::to_json(&payload)).await?;
        Ok(object)
    }
}

/// The signal in a payload.
pub(super) fn read(payload: &Bytes) -> Option<Signal> {
    let Payload { room, name, message, person } = serde_json::from_slice(payload).ok()?;
    let by = message.by.clone().zip(person).map(|(id, name)| Person { id: PersonId(id), name });
    let client = message.client.as_deref().map(Arc::from);
    let event = Event::message(&message_object(None, &name, message, by));
    Some(Signal::new(schema::room_audience(&room), client, event))
}
