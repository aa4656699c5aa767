//! What somebody wants to be told of in a room: all, what mentions them, or nothing.

use super::people::PersonChange;
use super::schema::{self, Level, MineDocument};
use super::{Chat, Refusal, RoomName, Speaker};
use crate::engine::{Check, Commit, Outcome, Put};

/// How often it is written again because another device was quicker.
const MOST_ATTEMPTS: usize = 8;

impl Chat {
    /// Somebody who is in a room wants to be told of this there. Their other devices hear of it.
    pub async fn set_level(&self, speaker: &Speaker, name: &RoomName, level: Level) -> Result<(), Refusal> {
        for _ in 0..MOST_ATTEMPTS {
            let visit = self.visit_inside(speaker, name).await?;
            let person = visit.person_id()?;
            let key = schema::my_room(person, &visit.room.id);
            let stored = self.engine().get(std::slice::from_ref(&key)).await?.pop().flatten();
            if let Some(stored) = stored {
                let before: MineDocument = schema::read(&key, &stored)?;
                if before.level == level {
                    return Ok(());
                }
                let mut commit = Commit::new();
                commit.checks.push(Check::At(key.clone(), stored.version));
                let json = schema::to_json(&MineDocument { level, ..before });
                commit.puts.push(Put { key: key.into(), json, expires: None });
                commit.entry = Some(self.own_entry(person, PersonChange::Rooms));
                if self.told(commit).await? != Outcome::Conflict {
                    return Ok(());
                }
            }
            // They were taken out of the room meanwhile, or another device was quicker.
            self.look_again(name).await?;
        }
        Err(Refusal::Busy)
    }
}
