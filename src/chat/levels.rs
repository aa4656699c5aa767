//! What somebody wants to be told of in a room: all, what mentions them, or nothing.

use super::people::PersonChange;
use super::rights::Deed;
use super::schema::{self, Level, MineDocument};
use super::{Chat, Refusal, RoomName, Speaker};
use crate::engine::{Commit, Outcome};

impl Chat {
    /// Somebody who is in a room wants to be told of this there. Their other devices hear of it.
    pub async fn set_level(&self, speaker: &Speaker, name: &RoomName, level: Level) -> Result<(), Refusal> {
        self.insist_in(speaker, name, |visit| async move {
            self.allow(&visit, Deed::Mark)?;
            let person = visit.person_id()?;
            let key = schema::my_room(person, &visit.room.id);
            // Nothing if they were taken out of the room meanwhile.
            let Some((version, before)) = self.stored::<MineDocument>(&key).await? else { return Ok(None) };
            if before.level == level {
                return Ok(Some(()));
            }
            let mut commit = Commit::new();
            commit.check(&key, Some(version));
            commit.put(key, &MineDocument { level, ..before });
            commit.entry = Some(self.own_entry(person, PersonChange::Rooms));
            Ok((self.commit_and_hear(commit).await? != Outcome::Conflict).then_some(()))
        })
        .await
    }
}
