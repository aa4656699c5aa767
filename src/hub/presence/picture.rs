//! What one node's people are in: room by room their names, or above a bound only how many. Pure.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::who::Who;
use super::words::{Change, What};
use crate::engine::Audience;

/// Up to so many people of one node in one room are told by name; of more only the count.
pub const MOST_NAMED: usize = 200;
/// How much of a picture goes into one piece at most, in bytes: with what is around it in a word, less than 32 KiB.
const PIECE_BYTES: usize = 31 << 10;
/// The longest name of a room or a person that is taken from another node, in bytes.
const MOST_NAME_BYTES: usize = 256;

/// Those whom one node has in one room. Never nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Crowd {
    /// Few enough to be named.
    People(HashSet<Who>),
    /// So many that only their count is told.
    Count(u32),
}

/// What one node's people are in, as it told the others.
#[derive(Debug, Default)]
pub struct Picture {
    rooms: HashMap<Audience, Crowd>,
    /// Named people, each in each room, and counts: what takes memory.
    places: usize,
    hash: u64,
}

impl Picture {
    /// What is known of a room.
    pub fn crowd(&self, room: &Audience) -> Option<&Crowd> {
        self.rooms.get(room)
    }

    /// All rooms that somebody is in.
    pub fn rooms(&self) -> impl Iterator<Item = (&Audience, &Crowd)> {
        self.rooms.iter()
    }

    /// How many rooms somebody is in.
    pub fn len(&self) -> usize {
        self.rooms.len()
    }

    /// The same for two pictures that show the same, on every node and in every version; and as good as
    /// never for two that do not.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// All of it, in pieces of bounded size, at least one. A room with many names may be in several.
    pub fn pieces(&self) -> Vec<Vec<Change>> {
        let (mut pieces, mut size) = (vec![Vec::new()], 0);
        let mut add = |room: &Audience, what: What| {
            let change = Change { room: room.clone(), what };
            if size + change.bytes() > PIECE_BYTES {
                pieces.push(Vec::new());
                size = 0;
            }
            size += change.bytes();
            if let Some(piece) = pieces.last_mut() {
                piece.push(change);
            }
        };
        for (room, crowd) in &self.rooms {
            match crowd {
                Crowd::Count(count) => add(room, What::Count(*count)),
                Crowd::People(people) => {
                    // Names are at most 64 bytes long by the rules of the doors.
                    let people: Vec<_> = people.iter().cloned().collect();
                    for some in people.chunks(100) {
                        add(room, What::People { came: some.to_vec(), left: Vec::new() });
                    }
                }
            }
        }
        pieces
    }

    /// Takes a change in, as far as there is room for at most so many places and names are not too long.
    /// Returns how many places were left out.
    pub fn apply(&mut self, change: &Change, most: usize) -> usize {
        let room = &change.room;
        if room.0.len() > MOST_NAME_BYTES {
            return 1;
        }
        match &change.what {
            What::Count(0) => self.clear(room),
            What::Count(count) => {
                self.clear(room);
                if self.places >= most {
                    return 1;
                }
                self.places += 1;
                self.hash ^= mark(room, &count.to_le_bytes(), b'#');
                self.rooms.insert(room.clone(), Crowd::Count(*count));
            }
            What::People { came, left } => {
                left.iter().for_each(|who| self.remove(room, who));
                return came.iter().filter(|who| !self.insert(room, who, most)).count();
            }
        }
        0
    }

    /// One person more; `false` if there is no room for them. Whoever is named ends a mere count.
    fn insert(&mut self, room: &Audience, who: &Who, most: usize) -> bool {
        if matches!(self.rooms.get(room), Some(Crowd::Count(_))) {
            self.clear(room);
        }
        if let Some(Crowd::People(people)) = self.rooms.get(room)
            && people.contains(who)
        {
            return true;
        }
        if self.places >= most || who.name().len() > MOST_NAME_BYTES {
            return false;
        }
        let crowd = self.rooms.entry(room.clone()).or_insert_with(|| Crowd::People(HashSet::new()));
        if let Crowd::People(people) = crowd {
            people.insert(who.clone());
            self.places += 1;
            self.hash ^= place(room, who);
        }
        true
    }

    fn remove(&mut self, room: &Audience, who: &Who) {
        let Some(Crowd::People(people)) = self.rooms.get_mut(room) else { return };
        if people.remove(who) {
            self.places -= 1;
            self.hash ^= place(room, who);
        }
        if people.is_empty() {
            self.rooms.remove(room);
        }
    }

    /// Nobody is in a room any more.
    fn clear(&mut self, room: &Audience) {
        match self.rooms.remove(room) {
            None => {}
            Some(Crowd::Count(count)) => {
                self.places -= 1;
                self.hash ^= mark(room, &count.to_le_bytes(), b'#');
            }
            Some(Crowd::People(people)) => {
                self.places -= people.len();
                people.iter().for_each(|who| self.hash ^= place(room, who));
            }
        }
    }
}

/// What somebody in a room adds to the hash.
fn place(room: &Audience, who: &Who) -> u64 {
    mark(room, who.name().as_bytes(), who.mark() as u8)
}

/// What one place adds to the hash. All nodes must agree on it, whatever built them.
fn mark(room: &Audience, what: &[u8], kind: u8) -> u64 {
    let length = (room.0.len() as u64).to_le_bytes();
    let parts = [&length, room.0.as_bytes(), &[kind], what];
    let digest = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize();
    digest.iter().take(8).fold(0, |mark, byte| mark << 8 | u64::from(*byte))
}
