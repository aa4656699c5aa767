//! Said once, however often it is repeated under the same key: what is kept of a key, and for how long.
//!
//! A fingerprint of short words can be guessed. It is kept as long as the words are, and not when the message reads
//! otherwise or is gone; that the key was used stays known.

use super::eyes::Eyes;
use super::schema::{self, KeyDocument, MessageDocument};
use super::{Chat, Draft, Refusal, Said, Speaker, Visit, change};
use crate::engine::{Commit, EngineError, Key, Millis, Number, Standing};

/// Within which scope a person's keys are their own, or a client's that chose its name; or of everybody else.
fn of_person(id: &str) -> String {
    format!("person:{id}")
}

fn of_client(name: &str) -> String {
    format!("client:{name}")
}

const OF_ANYONE: &str = "anyone";

/// Within which scope a speaker's keys are their own.
fn scope(speaker: &Speaker) -> String {
    match (&speaker.person, &speaker.client) {
        (Some(person), _) => of_person(&person.id.0),
        (None, Some(client)) if speaker.named_itself => of_client(client),
        (None, _) => OF_ANYONE.to_owned(),
    }
}

/// Adds to the commit of a message that its key is used by it, if it has one, and was not before.
pub(super) fn use_key(commit: &mut Commit, room: &str, speaker: &Speaker, draft: &Draft, at: Millis) {
    if let Some(key) = &draft.key {
        let key = schema::key(room, &scope(speaker), key);
        commit.check(&key, None);
        let used = KeyDocument { fingerprint: Some(draft.fingerprint()), message: None };
        commit.put_until(key, &used, at + schema::KEYS_LAST);
    }
}

impl Chat {
    /// The answer that was given when this key was used first.
    pub(super) async fn said_before(
        &self,
        visit: &Visit,
        speaker: &Speaker,
        draft: &Draft,
    ) -> Result<Option<Said>, Refusal> {
        let Some(key) = &draft.key else { return Ok(None) };
        let room = &visit.room.id;
        let key = schema::key(room, &scope(speaker), key);
        let epochs = self.engine.epochs().await?;
        let Some(used) = self.engine.get(std::slice::from_ref(&key)).await?.pop().flatten() else {
            return Ok(None);
        };
        let document: KeyDocument = schema::read(&key, &used)?;
        if document.fingerprint.is_some_and(|fingerprint| fingerprint != draft.fingerprint()) {
            return Err(Refusal::KeyReused);
        }
        let number = document.message.or(used.number).ok_or(Refusal::KeyOfDeleted)?;
        let stored = self.stored::<MessageDocument>(&schema::message(room, number)).await?;
        let (_, document) =
            stored.filter(|(_, document)| document.deleted.is_none()).ok_or(Refusal::KeyOfDeleted)?;
        // It may have been seen before it was acknowledged to whoever sent it first.
        self.engine.confirm().await?;
        let id = epochs.id(number);
        if self.engine.epochs().await?.standing(id) != Standing::Known(number) {
            return Err(EngineError::Unknown("the log went back meanwhile".to_owned()).into());
        }
        let message = change::stored(visit, Some(id), document);
        let message = self.message_object(message, Eyes::Of(visit)).await?;
        Ok(Some(Said { message, replayed: true }))
    }

    /// Adds to a commit that no fingerprint is kept any more of what this message of a room said.
    pub(super) async fn forget_fingerprint(
        &self,
        commit: &mut Commit,
        room: &str,
        number: Number,
        message: &MessageDocument,
    ) -> Result<(), EngineError> {
        let expires = message.at + schema::KEYS_LAST;
        if expires <= self.clock.now() {
            return Ok(());
        }
        let keys = possible_keys(room, message);
        let found = if keys.is_empty() { Vec::new() } else { self.engine.get(&keys).await? };
        for (key, stored) in keys.into_iter().zip(found) {
            let Some(stored) = stored else { continue };
            let used: KeyDocument = schema::read(&key, &stored)?;
            if used.message.or(stored.number) == Some(number) && used.fingerprint.is_some() {
                commit.check(&key, Some(stored.version));
                let used = KeyDocument { fingerprint: None, message: Some(number) };
                commit.put_until(key, &used, expires);
            }
        }
        Ok(())
    }
}

/// The keys under which it may be noted that a message was said. (It is not kept whether a client chose its name.)
fn possible_keys(room: &str, message: &MessageDocument) -> Vec<Key> {
    let Some(key) = &message.key else { return Vec::new() };
    let scopes = match (&message.by, &message.client) {
        (Some(person), _) => vec![of_person(person)],
        (None, Some(client)) => vec![of_client(client), OF_ANYONE.to_owned()],
        (None, None) => vec![OF_ANYONE.to_owned()],
    };
    scopes.iter().map(|scope| schema::key(room, scope, key)).collect()
}
