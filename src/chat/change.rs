//! To change a message that was said: what edits, deletions, reactions and answers have in common.

use std::sync::Arc;

use bytes::Bytes;

use super::eyes::Eyes;
use super::message::Stored;
use super::rights::{Deed, What, may};
use super::schema::{self, MessageDocument};
use super::{Chat, Refusal, RoomName, Speaker, Visit};
use crate::engine::{Commit, EngineError, Id, Key, NewEntry, Number, Version};
use crate::wire::MessageObject;

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
        self.target_in(self.visit(speaker, name).await?, number, deed).await
    }

    /// The same for somebody who is in the room.
    pub(super) async fn target_in(
        &self,
        visit: Visit,
        number: Number,
        deed: Deed,
    ) -> Result<Target, Refusal> {
        self.allow(&visit, deed)?;
        if number <= visit.hears_after() {
            return Err(Refusal::NoSuchMessage);
        }
        let key = schema::message(&visit.room.id, number);
        let (version, document) = self.stored(&key).await?.ok_or(Refusal::NoSuchMessage)?;
        Ok(Target { visit, key, version, document })
    }

    /// Whether they may do this to just this message.
    pub(super) fn allow_to(&self, target: &Target, deed: Deed) -> Result<(), Refusal> {
        let what = What { own: target.is_own(), age: self.clock.now() - target.document.at };
        Ok(may(&self.policy, target.visit.case().about(what), deed)?)
    }

    /// A commit that holds only while the message, the room and the visitor's place in it are as they were seen,
    /// and what allows this to them; and tells the room of it. Nothing if they have another role by now.
    pub(super) async fn change_of(
        &self,
        target: &Target,
        name: &RoomName,
        deed: Deed,
        kind: &str,
        facts: Option<Bytes>,
    ) -> Result<Option<Commit>, EngineError> {
        let mut commit = Commit::new();
        if !self.commit_as(&mut commit, name, &target.visit, deed).await? {
            return Ok(None);
        }
        commit.check(&target.key, Some(target.version));
        commit.entry = Some(NewEntry {
            audiences: vec![target.visit.audience()],
            kind: kind.to_owned(),
            document: target.key.clone().into(),
            facts,
            at: self.clock.now(),
        });
        Ok(Some(commit))
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
