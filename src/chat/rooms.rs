//! Rooms: from a name to the room, remembered in memory and checked again by every commit.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::schema::{self, NameDocument, RoomDocument};
use super::{Chat, Refusal, RoomName};
use crate::engine::{Audience, Check, Commit, EngineError, Put, Version};

/// How many rooms are remembered before all are looked up again.
const MOST_REMEMBERED: usize = 10_000;

/// Who may make a room by speaking in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Creation {
    /// Everybody: the first message makes the room.
    #[default]
    Anyone,
    /// Nobody: only rooms that exist can be spoken in.
    Nobody,
}

/// A room as it was when it was last looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Its id.
    pub id: String,
    /// Its document's version; none if there is no such room yet.
    version: Option<Version>,
}

impl Room {
    /// Whether it has been made.
    pub fn exists(&self) -> bool {
        self.version.is_some()
    }

    /// Those who listen to it.
    pub fn audience(&self) -> Audience {
        schema::room_audience(&self.id)
    }
}

/// The rooms that were looked up lately. A stale one costs a conflict, never a wrong answer.
pub(super) struct Rooms {
    creation: Creation,
    known: Mutex<HashMap<RoomName, Arc<Room>>>,
}

impl Rooms {
    pub(super) fn new(creation: Creation) -> Self {
        Rooms { creation, known: Mutex::default() }
    }

    fn get(&self, name: &RoomName) -> Option<Arc<Room>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn remember(&self, name: &RoomName, room: &Arc<Room>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        known.insert(name.clone(), Arc::clone(room));
    }

    pub(super) fn forget_all(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) fn forget(&self, name: &RoomName) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

impl Chat {
    /// The room under a name. One that has not been made yet can be listened to all the same: its
    /// id is the one that it will have.
    pub async fn room(&self, name: &RoomName) -> Result<Arc<Room>, EngineError> {
        if let Some(room) = self.rooms.get(name) {
            return Ok(room);
        }
        let name_key = schema::name(name.as_str());
        let found = self.engine.get(std::slice::from_ref(&name_key)).await?.pop().flatten();
        let id = match &found {
            Some(document) => schema::read::<NameDocument>(&name_key, document)?.room,
            None => name.as_str().to_owned(),
        };
        let stored = self.engine.get(&[schema::room(&id)]).await?.pop().flatten();
        let room = Arc::new(Room { id, version: stored.map(|document| document.version) });
        // That a room is not there yet may be remembered where anyone can make it: who is first to speak
        // meets a conflict if it has been made since, and looks again.
        if room.exists() || self.rooms.creation == Creation::Anyone {
            self.rooms.remember(name, &room);
        }
        Ok(room)
    }

    /// Whether something can be said in a room: it exists, or may be made by that.
    pub(super) fn check_speakable(&self, room: &Room) -> Result<(), Refusal> {
        let is_open = room.exists() || self.rooms.creation == Creation::Anyone;
        is_open.then_some(()).ok_or(Refusal::NoSuchRoom)
    }

    /// Adds to a commit what makes it happen in this room: that the room is as it was seen, or that
    /// it is made along with it.
    pub(super) fn commit_in(&self, commit: &mut Commit, name: &RoomName, room: &Room) -> Result<(), Refusal> {
        let key = schema::room(&room.id);
        if let Some(version) = room.version {
            commit.checks.push(Check::At(key, version));
            return Ok(());
        }
        self.check_speakable(room)?;
        let name_key = schema::name(name.as_str());
        commit.checks.push(Check::Absent(key.clone()));
        commit.checks.push(Check::Absent(name_key.clone()));
        let document = RoomDocument { name: name.as_str().to_owned(), at: self.clock.now() };
        let leads = NameDocument { room: room.id.clone() };
        commit.puts.push(Put { key: key.into(), json: schema::to_json(&document), expires: None });
        commit.puts.push(Put { key: name_key.into(), json: schema::to_json(&leads), expires: None });
        Ok(())
    }
}
