//! To delete a message: nothing of it is left but its place, and that only where something hangs on it.
//!
//! What was left for the sake of answers and reactions goes with the last of them. That it is to go is noted in the
//! commit by which it is left alone, so that it goes also if this node ends before it has seen to it.

use super::rights::Deed;
use super::schema::{self, MessageDocument, OrphanDocument, kind};
use super::{Chat, Refusal, RoomName, Speaker, quote};
use crate::engine::{Commit, Direction, Key, KeyRange, NewEntry, Number, Outcome};

/// How many tombstones on which nothing hangs are looked for at a time.
const PIECE: usize = 100;

/// A tombstone on which nothing hangs any more.
pub(super) struct Orphan {
    room: String,
    number: Number,
}

impl Orphan {
    /// The message of a key, if this is now an orphan; adds to the commit that makes it one that it is to go.
    pub(super) fn noted(
        commit: &mut Commit,
        room: &str,
        key: &Key,
        document: &MessageDocument,
    ) -> Option<Self> {
        let number = key.last_number().filter(|_| document.is_orphan())?;
        commit.put(schema::orphan(room, number), &OrphanDocument { room: room.to_owned(), number });
        Some(Orphan { room: room.to_owned(), number })
    }
}

impl Chat {
    /// Deletes a message. One that was answered, or reacted to, leaves a tombstone until that is taken back too.
    pub async fn delete(&self, speaker: &Speaker, name: &RoomName, number: Number) -> Result<(), Refusal> {
        let orphan = self.delete_one(speaker, name, number).await?;
        self.take_thread(orphan).await;
        Ok(())
    }

    /// Takes away a tombstone on which nothing hangs any more, and those that stayed for its sake only.
    pub(super) async fn take_thread(&self, mut orphan: Option<Orphan>) {
        while let Some(next) = orphan {
            orphan = self.take_orphan(&next).await.unwrap_or_else(|refusal| {
                tracing::warn!(%refusal, "a tombstone on which nothing hangs is left for later");
                None
            });
        }
    }

    async fn delete_one(
        &self,
        speaker: &Speaker,
        name: &RoomName,
        number: Number,
    ) -> Result<Option<Orphan>, Refusal> {
        let target = self.target(speaker, name, number, Deed::Delete).await?;
        let mut keys = vec![target.key.clone()];
        keys.extend(target.answers());
        let _turns = self.turns.of(&keys).await;
        self.insist_in(speaker, name, |visit| async move {
            let target = self.target_in(visit, number, Deed::Delete).await?;
            let deed = if target.is_own() { Deed::Delete } else { Deed::DeleteOthers };
            self.allow_to(&target, deed)?;
            if target.document.holds() && target.document.deleted.is_some() {
                return Ok(Some(None));
            }
            let Some(mut commit) = self.change_of(&target, name, deed, kind::DELETE, None).await? else {
                return Ok(None);
            };
            commit.erases = true;
            let room = &target.visit.room.id;
            self.forget_fingerprint(&mut commit, room, number, &target.document).await?;
            let orphan = self.take_away(&mut commit, room, number, &target.document).await?;
            Ok((self.commit_and_hear(commit).await? != Outcome::Conflict).then_some(orphan))
        })
        .await
    }

    /// Adds to a commit that a message goes, or leaves its tombstone. Gives the message that it answered, if that is
    /// a tombstone for its sake only.
    async fn take_away(
        &self,
        commit: &mut Commit,
        room: &str,
        number: Number,
        document: &MessageDocument,
    ) -> Result<Option<Orphan>, Refusal> {
        let key = schema::message(room, number);
        if document.holds() {
            commit.put(key, &self.tombstone(document));
            return Ok(None);
        }
        commit.deletes.extend(noted_answer(room, &key, document));
        commit.deletes.push(key);
        let answered = document.reply_to.as_deref().and_then(|id| quote::answered(room, id));
        let Some(answered) = answered else { return Ok(None) };
        let Some((version, document)) = self.stored::<MessageDocument>(&answered).await? else {
            return Ok(None);
        };
        let document = MessageDocument { replies: document.replies.saturating_sub(1), ..document };
        commit.check(&answered, Some(version));
        commit.put(answered.clone(), &document);
        Ok(Orphan::noted(commit, room, &answered, &document))
    }

    /// Takes away a tombstone on which nothing hangs, and gives the next one that is left alone by that.
    async fn take_orphan(&self, orphan: &Orphan) -> Result<Option<Orphan>, Refusal> {
        let Orphan { room, number } = orphan;
        let key = schema::message(room, *number);
        self.insist(|| async {
            let mut commit = Commit::new();
            commit.deletes.push(schema::orphan(room, *number));
            let found = self.stored::<MessageDocument>(&key).await?;
            let found = found.filter(|(_, found)| found.is_orphan());
            let Some((version, document)) = found else {
                self.commit_surely(commit).await?;
                return Ok(Some(None));
            };
            commit.check(&key, Some(version));
            commit.entry = Some(NewEntry {
                audiences: vec![schema::room_audience(room)],
                kind: kind::DELETE.to_owned(),
                document: key.clone().into(),
                facts: None,
                at: self.clock.now(),
            });
            let next = self.take_away(&mut commit, room, *number, &document).await?;
            Ok((self.commit_and_hear(commit).await? != Outcome::Conflict).then_some(next))
        })
        .await
    }

    /// Takes away the tombstones that a node has left alone and then ended.
    pub(super) async fn take_orphans(&self) -> Result<(), Refusal> {
        let range = KeyRange::under(&Key::new("orphan"));
        for (key, stored) in self.engine().scan(range, PIECE, Direction::Forward).await? {
            let OrphanDocument { room, number } = schema::read(&key, &stored)?;
            self.take_orphan(&Orphan { room, number }).await?;
        }
        Ok(())
    }

    /// What is left of a message: when and by whom it was said, what it answered, and what hangs on it.
    fn tombstone(&self, document: &MessageDocument) -> MessageDocument {
        MessageDocument {
            by: document.by.clone(),
            reply_to: document.reply_to.clone(),
            deleted: Some(self.clock.now()),
            reactions: document.reactions.clone(),
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
