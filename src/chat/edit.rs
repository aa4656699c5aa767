//! To change what one has said oneself, as long as that is possible.

use super::change::{self, MOST_ATTEMPTS, Target};
use super::rights::{Deed, Reason};
use super::schema::{Called, MessageDocument, kind};
use super::{BadDraft, Chat, Refusal, RoomName, Speaker};
use crate::engine::{Millis, Number, Outcome};
use crate::wire::MessageObject;

impl Chat {
    /// Gives a message other words. Nobody is called by that: whom it called, it has called.
    pub async fn edit(
        &self,
        speaker: &Speaker,
        name: &RoomName,
        number: Number,
        body: &str,
    ) -> Result<MessageObject, Refusal> {
        if body.trim().is_empty() {
            return Err(BadDraft::Blank.into());
        }
        let key = self.target(speaker, name, number, Deed::Edit).await?.key;
        let _turn = self.turns.of(&[key]).await;
        for _ in 0..MOST_ATTEMPTS {
            let target = self.target(speaker, name, number, Deed::Edit).await?;
            self.allow_to_edit(&target)?;
            if target.document.body.as_deref() == Some(body) {
                return Ok(self.shown(&target.visit, &target.key, target.document).await?);
            }
            let document = self.edited(&target, body).await?;
            let mut commit = self.change_of(&target, name, kind::EDIT, None);
            commit.puts.push(change::put(target.key.clone(), &document));
            commit.erases = true;
            if let Outcome::Done { .. } = self.told(commit).await? {
                return Ok(self.shown(&target.visit, &target.key, document).await?);
            }
            self.look_again(name).await?;
        }
        Err(Refusal::Busy)
    }

    fn allow_to_edit(&self, target: &Target) -> Result<(), Refusal> {
        if target.document.deleted.is_some() {
            return Err(Refusal::MessageGone);
        }
        if !target.is_own() {
            // Whoever keeps order deletes; nobody puts words into another's mouth.
            return Err(Refusal::NotAllowed(Reason::Role));
        }
        let window = self.policy.edit_window.map(|window| Millis::try_from(window.as_millis()));
        match window {
            Some(Ok(window)) if self.clock.now() > target.document.at + window => Err(Refusal::EditTooLate),
            _ => Ok(()),
        }
    }

    async fn edited(&self, target: &Target, body: &str) -> Result<MessageDocument, Refusal> {
        let before = &target.document;
        let (mentions, mentions_all) = self.named_in(&target.visit.room, body).await?;
        let names_others = mentions != before.mentions || mentions_all != before.mentions_all;
        let called = || Called { people: before.mentions.clone(), all: before.mentions_all };
        Ok(MessageDocument {
            body: Some(body.to_owned()),
            edited: Some(self.clock.now()),
            called: before.called.clone().or_else(|| names_others.then(called)),
            mentions,
            mentions_all,
            ..before.clone()
        })
    }
}
