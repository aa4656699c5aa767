//! The rooms that somebody is in, by their ids.

use super::placing::{Change, MOST_ROOMS, MemberFacts};
use crate::chat::schema;
use crate::chat::{Chat, Refusal, Speaker};
use crate::engine::{Audience, Commit, Direction, EngineError, KeyRange};

impl Chat {
    /// Takes a person out of every room that they are in, as when their account is deleted.
    pub(in crate::chat) async fn leave_everything(&self, person: &str) -> Result<(), Refusal> {
        for room in self.all_rooms_of(person).await? {
            let mut commit = Commit::new();
            commit.deletes.push(schema::member(&room, person));
            commit.deletes.push(schema::my_room(person, &room));
            commit.deletes.push(schema::read_mark(&room, person));
            let facts = MemberFacts { change: Change::Left, by: None, rose: false };
            commit.entry = Some(self.member_entry(&room, person, &facts));
            self.commit_and_hear(commit).await?;
        }
        Ok(())
    }

    /// The ids of the rooms that a person is in, as many as they can be in.
    pub async fn rooms_of(&self, person: &str) -> Result<Vec<String>, EngineError> {
        self.some_rooms_of(&KeyRange::under(&schema::mine(person)), MOST_ROOMS).await
    }

    /// The ids of all rooms that a person is in, should they have come into more than that.
    pub(in crate::chat) async fn all_rooms_of(&self, person: &str) -> Result<Vec<String>, EngineError> {
        let (mut range, mut rooms) = (KeyRange::under(&schema::mine(person)), Vec::new());
        loop {
            let page = self.some_rooms_of(&range, MOST_ROOMS).await?;
            let is_last = page.len() < MOST_ROOMS;
            rooms.extend(page);
            match rooms.last() {
                Some(last) if !is_last => range.start = format!("{}\0", schema::my_room(person, last)),
                _ => return Ok(rooms),
            }
        }
    }

    /// The same, at most so many of those whose keys lie in a range.
    pub(super) async fn some_rooms_of(
        &self,
        range: &KeyRange,
        most: usize,
    ) -> Result<Vec<String>, EngineError> {
        let page = self.engine.scan(range.clone(), most, Direction::Forward).await?;
        Ok(page.into_iter().filter_map(|(key, _)| key.last_part().map(str::to_owned)).collect())
    }

    /// What somebody listens to who follows their own rooms: these, and what concerns themselves.
    pub async fn own_audiences(&self, speaker: &Speaker) -> Result<Vec<Audience>, Refusal> {
        let Some(person) = self.present(speaker).await? else { return Ok(Vec::new()) };
        let mut audiences = vec![schema::person_audience(&person.id.0)];
        for room in self.rooms_of(&person.id.0).await? {
            if self.known.is_asked_of(&room) {
                // They are asked of rooms that are remembered.
                self.room_of_id(&room).await?;
            }
            audiences.push(schema::room_audience(&room));
        }
        Ok(audiences)
    }
}
