//! To change what one has said oneself, as long as that is possible.

use super::change::Target;
use super::rights::Deed;
use super::schema::{Called, MessageDocument, kind};
use super::{BadDraft, Chat, Refusal, RoomName, Speaker};
use crate::engine::{Number, Outcome};
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
        self.insist_in(speaker, name, |visit| async move {
            let target = self.target_in(visit, number, Deed::Edit).await?;
            if target.document.deleted.is_some() {
                return Err(Refusal::MessageGone);
            }
            self.allow_to(&target, Deed::Edit)?;
            if target.document.body.as_deref() == Some(body) {
                return Ok(Some(self.shown(&target.visit, &target.key, target.document).await?));
            }
            let document = self.edited(&target, body).await?;
            let Some(mut commit) = self.change_of(&target, name, Deed::Edit, kind::EDIT, None).await? else {
                return Ok(None);
            };
            commit.put(target.key.clone(), &document);
            commit.erases = true;
            self.forget_fingerprint(&mut commit, &target.visit.room.id, number, &target.document).await?;
            match self.commit_and_hear(commit).await? {
                Outcome::Conflict => Ok(None),
                Outcome::Done { .. } => Ok(Some(self.shown(&target.visit, &target.key, document).await?)),
            }
        })
        .await
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
