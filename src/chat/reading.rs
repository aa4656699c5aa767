//! How far people have read: a mark for each person in each room, which only moves forward.
//!
//! A mark is written without an entry in the log, since nobody needs to hear of it later; those who are here
//! hear it by signal: the person's own devices, and in small rooms everybody.

use std::collections::HashMap;

use super::payload::Payload;
use super::schema::{self, MineDocument, ReadDocument};
use super::{Chat, Deed, Refusal, RoomName, Speaker, Visit};
use crate::engine::{Commit, EngineError, Id, Number, Outcome, Standing};

/// In rooms of at most so many everybody sees how far the others have read.
const MOST_SEEN: usize = 20;

/// What is stored of somebody's reading in a room they are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// The number up to which they have read.
    pub upto: Number,
    /// What they want to be told of.
    pub level: schema::Level,
}

impl Chat {
    /// Somebody who is in a room has read up to a message. A mark that is further on already stays.
    pub async fn mark_read(&self, speaker: &Speaker, name: &RoomName, upto: Id) -> Result<(), Refusal> {
        self.insist_in(speaker, name, |visit| async move {
            self.allow(&visit, Deed::Mark)?;
            let Standing::Known(number) = self.engine().epochs().await?.standing(upto) else {
                return Err(Refusal::NoSuchMessage);
            };
            Ok(self.move_mark(&visit, number).await?.then_some(()))
        })
        .await
    }

    /// `false` if somebody was quicker to change the mark, or the person's place in the room.
    async fn move_mark(&self, visit: &Visit, upto: Number) -> Result<bool, Refusal> {
        let (room, person) = (&*visit.room.id, visit.person_id()?);
        let key = schema::read_mark(room, person);
        let stored = self.stored::<ReadDocument>(&key).await?;
        if stored.as_ref().is_some_and(|(_, mark)| mark.upto >= upto) {
            return Ok(true);
        }
        let mut commit = Commit::new();
        // Somebody who is taken out at this moment leaves no mark behind.
        let place = visit.member.as_ref().map(|member| member.version);
        commit.check(&schema::member(room, person), place);
        commit.check(&key, stored.map(|(version, _)| version));
        commit.put(key, &ReadDocument { upto, at: self.clock().now() });
        if self.commit_surely(commit).await? == Outcome::Conflict {
            return Ok(false);
        }
        let id = self.engine().epochs().await?.id(upto).to_string();
        let to_room = visit.room.size() <= MOST_SEEN;
        self.tell_nodes(&Payload::Read { room: room.to_owned(), person: person.to_owned(), id, to_room })
            .await?;
        Ok(true)
    }

    /// How far each of those in a small room has read; of nobody in a large one.
    pub async fn read_marks(&self, visit: &Visit) -> Result<HashMap<String, Id>, EngineError> {
        let inside = visit.room.inside();
        if inside.len() > MOST_SEEN {
            return Ok(HashMap::new());
        }
        let keys: Vec<_> = inside.iter().map(|(id, _)| schema::read_mark(&visit.room.id, id)).collect();
        let stored = self.engine().get(&keys).await?;
        let epochs = self.engine().epochs().await?;
        let mut marks = HashMap::new();
        for (((person, _), key), stored) in inside.iter().zip(&keys).zip(stored) {
            if let Some(stored) = stored {
                let mark: ReadDocument = schema::read(key, &stored)?;
                if mark.upto > Number(0) {
                    marks.insert(person.to_string(), epochs.id(mark.upto));
                }
            }
        }
        Ok(marks)
    }

    /// What is stored of somebody's reading in these rooms, in the same order. Read in one go.
    pub(super) async fn marks(&self, person: &str, rooms: &[&str]) -> Result<Vec<Mark>, EngineError> {
        let reads = rooms.iter().map(|room| schema::read_mark(room, person));
        let keys: Vec<_> = reads.chain(rooms.iter().map(|room| schema::my_room(person, room))).collect();
        let stored = self.engine().get(&keys).await?;
        let mut marks = vec![Mark::default(); rooms.len()];
        let (reads, mine) = stored.split_at(rooms.len());
        for (place, mark) in marks.iter_mut().enumerate() {
            if let Some(stored) = &reads[place] {
                mark.upto = schema::read::<ReadDocument>(&keys[place], stored)?.upto;
            }
            if let Some(stored) = &mine[place] {
                mark.level = schema::read::<MineDocument>(&keys[rooms.len() + place], stored)?.level;
            }
        }
        Ok(marks)
    }

    /// Somebody in a room that they are in.
    pub async fn visit_inside(&self, speaker: &Speaker, name: &RoomName) -> Result<Visit, Refusal> {
        let visit = self.visit(speaker, name).await?;
        self.allow(&visit, Deed::Mark)?;
        Ok(visit)
    }
}
