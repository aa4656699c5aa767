//! To change a message that was said: what edits, deletions, reactions and answers have in common.

use std::sync::Arc;

use bytes::Bytes;

use super::message::{Eyes, Stored};
use super::rights::Deed;
use super::schema::{self, MessageDocument};
use super::{Chat, Refusal, RoomName, Speaker, Visit};
use crate::engine::{Check, Commit, EngineError, Id, Key, NewEntry, Number, Put, Version};
use crate::wire::MessageObject;

/// How often a change is begun again because somebody on another node was quicker. Each time this node waits
/// until it has heard of that.
pub(super) const MOST_ATTEMPTS: usize = 50;

/// A message that somebody is about to change.
pub(super) struct Target {
    pub(super) visit: Visit,
    pub(super) key: Key,
    pub(super) version: Version,
    pub(super) document: MessageDocument,
}

impl Target {
    /// Whether the visitor said it.
    pub(super) fn is_own(&self) -> bool {
        let person = self.visit.person.as_ref().map(|person| person.id.0.as_str());
        person.is_some() && person == self.document.by.as_deref()
    }

    /// The key of the message that it answers.
    pub(super) fn answers(&self) -> Option<Key> {
        super::quote::answered(&self.visit.room.id, self.document.reply_to.as_deref()?)
    }
}

impl Chat {
    /// The message of this number in a room, for somebody who may hear it and may do this there.
    pub(super) async fn target(
        &self,
        speaker: &Speaker,
        name: &RoomName,
        number: Number,
        deed: Deed,
    ) -> Result<Target, Refusal> {
        let visit = self.visit(speaker, name).await?;
        self.allow(&visit, deed)?;
        if number <= visit.hears_after() {
            return Err(Refusal::NoSuchMessage);
        }
        let key = schema::message(&visit.room.id, number);
        let (version, document) = self.stored_message(&key).await?.ok_or(Refusal::NoSuchMessage)?;
        Ok(Target { visit, key, version, document })
    }

    /// A message as it is stored.
    pub(super) async fn stored_message(
        &self,
        key: &Key,
    ) -> Result<Option<(Version, MessageDocument)>, EngineError> {
        let stored = self.engine.get(std::slice::from_ref(key)).await?.pop().flatten();
        stored.map(|stored| Ok((stored.version, schema::read(key, &stored)?))).transpose()
    }

    /// A commit that holds only while the message, the room and the visitor's place in it are as they were seen,
    /// and tells the room of it.
    pub(super) fn change_of(
        &self,
        target: &Target,
        name: &RoomName,
        kind: &str,
        facts: Option<Bytes>,
    ) -> Commit {
        let mut commit = Commit::new();
        self.commit_in(&mut commit, name, &target.visit);
        commit.checks.push(Check::At(target.key.clone(), target.version));
        commit.entry = Some(NewEntry {
            audiences: vec![target.visit.audience()],
            kind: kind.to_owned(),
            document: target.key.clone().into(),
            facts,
            at: self.clock.now(),
        });
        commit
    }

    /// The message as its changer sees it.
    pub(super) async fn shown(
        &self,
        visit: &Visit,
        key: &Key,
        document: MessageDocument,
    ) -> Result<MessageObject, EngineError> {
        let id = match key.last_number() {
            Some(number) => Some(self.engine.epochs().await?.id(number)),
            None => None,
        };
        self.message_object(stored(visit, id, document), Eyes::Of(visit)).await
    }
}

/// A message in the room of a visit.
pub(super) fn stored(visit: &Visit, id: Option<Id>, document: MessageDocument) -> Stored {
    Stored { room: Arc::clone(&visit.room.id), id, document }
}

/// Puts a message in its place.
pub(super) fn put(key: Key, document: &MessageDocument) -> Put {
    Put { key: key.into(), json: schema::to_json(document), expires: None }
}
