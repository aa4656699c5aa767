//! To delete a message: nothing of it is left but its place, and that only where something hangs on it.

use super::Chat;
use super::change::{self, MOST_ATTEMPTS, Target};
use super::rights::Deed;
use super::schema::{self, MessageDocument, kind};
use super::{Refusal, RoomName, Speaker, quote};
use crate::engine::{Check, Commit, Key, Number, Outcome};

impl Chat {
    /// Deletes a message. One that is answered leaves a tombstone, until the answers are deleted too.
    pub async fn delete(&self, speaker: &Speaker, name: &RoomName, number: Number) -> Result<(), Refusal> {
        let mut next = Some(number);
        let mut is_asked_for = true;
        // What was left for the sake of an answer goes with it.
        while let Some(number) = next {
            next = match self.delete_one(speaker, name, number, is_asked_for).await {
                Err(_) if !is_asked_for => return Ok(()),
                left => left?,
            };
            is_asked_for = false;
        }
        Ok(())
    }

    /// Deletes a message; gives the number of a tombstone on which nothing hangs any more.
    async fn delete_one(
        &self,
        speaker: &Speaker,
        name: &RoomName,
        number: Number,
        is_asked_for: bool,
    ) -> Result<Option<Number>, Refusal> {
        let target = self.target(speaker, name, number, Deed::Delete).await?;
        let mut keys = vec![target.key.clone()];
        keys.extend(target.answers());
        let _turns = self.turns.of(&keys).await;
        for _ in 0..MOST_ATTEMPTS {
            let target = self.target(speaker, name, number, Deed::Delete).await?;
            if is_asked_for && !target.is_own() {
                self.allow(&target.visit, Deed::DeleteOthers)?;
            }
            if target.document.replies > 0 && target.document.deleted.is_some() {
                return Ok(None);
            }
            let mut commit = self.change_of(&target, name, kind::DELETE, None);
            commit.erases = true;
            let left = self.take_away(&mut commit, &target).await?;
            if let Outcome::Done { .. } = self.told(commit).await? {
                return Ok(left);
            }
            self.look_again(name).await?;
        }
        Err(Refusal::Busy)
    }

    /// Adds to a commit that a message goes, or leaves its tombstone. Gives the number of the message that it
    /// answered, if that is a tombstone for its sake only.
    async fn take_away(&self, commit: &mut Commit, target: &Target) -> Result<Option<Number>, Refusal> {
        let Target { key, document, .. } = target;
        if document.replies > 0 {
            commit.puts.push(change::put(key.clone(), &self.tombstone(document)));
            return Ok(None);
        }
        commit.deletes.push(key.clone());
        commit.deletes.extend(noted_answer(&target.visit.room.id, key, document));
        let Some(answered) = target.answers() else { return Ok(None) };
        let Some((version, answered_document)) = self.stored_message(&answered).await? else {
            return Ok(None);
        };
        let replies = answered_document.replies.saturating_sub(1);
        commit.checks.push(Check::At(answered.clone(), version));
        let is_left_alone = replies == 0 && answered_document.deleted.is_some();
        commit.puts.push(change::put(answered.clone(), &MessageDocument { replies, ..answered_document }));
        Ok(answered.last_number().filter(|_| is_left_alone))
    }

    /// What is left of a message: when and by whom it was said, what it answered, and what answers it.
    fn tombstone(&self, document: &MessageDocument) -> MessageDocument {
        MessageDocument {
            by: document.by.clone(),
            reply_to: document.reply_to.clone(),
            deleted: Some(self.clock.now()),
            replies: document.replies,
            ..MessageDocument::said_at(document.at)
        }
    }
}

/// Under which it is noted that a message answers another, if it does.
pub(super) fn noted_answer(room: &str, key: &Key, document: &MessageDocument) -> Option<Key> {
    let answered = quote::answered(room, document.reply_to.as_deref()?)?;
    Some(schema::replies(room, answered.last_number()?).number(key.last_number()?))
}
