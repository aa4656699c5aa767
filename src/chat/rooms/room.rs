//! A room in a node's memory: its document, and who has a place in it.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use crate::chat::schema::{self, MemberDocument, Place, RoomDocument};
use crate::engine::{Audience, Document, EngineError, Key, Millis, Number, Version};

/// Of how many who have no place any more it is remembered since when.
const MOST_LEFT: usize = 1_000;

/// A room as it was when it was last looked up, with the people in it as they are.
#[derive(Debug, Clone)]
pub struct Room {
    /// Its id.
    pub id: Arc<str>,
    /// Its document; none if there is no such room yet.
    stored: Option<(Version, Arc<RoomDocument>)>,
    /// The document is as it was after this number.
    pub(super) as_of: Number,
    seats: Arc<RwLock<Seats>>,
}

/// The places of a room, by person.
#[derive(Debug, Default)]
struct Seats {
    by_person: HashMap<Arc<str>, Seat>,
    /// How many of them have left.
    left: usize,
    /// Of everybody else it is known after this number that they have no place.
    as_of: Number,
}

/// What is known of somebody's place: nobody's, if they have left; and after which number it is so.
#[derive(Debug)]
struct Seat {
    member: Option<Member>,
    as_of: Number,
}

/// Somebody's place in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The version of its document.
    pub version: Version,
    /// What they are to the room.
    pub place: Place,
    /// They may hear what was said after this.
    pub after: Number,
    /// Since when.
    pub at: Millis,
}

impl Member {
    /// Reads somebody's place from its document.
    pub fn read(key: &Key, document: &Document) -> Result<Self, EngineError> {
        let stored: MemberDocument = schema::read(key, document)?;
        let came = document.number.unwrap_or_default();
        Ok(Member {
            version: document.version,
            place: stored.place,
            after: stored.after.unwrap_or(came),
            at: stored.at,
        })
    }

    /// Whether they are in the room.
    pub fn is_inside(&self) -> bool {
        self.place != Place::Banned
    }

    #[cfg(test)]
    pub(super) fn at(after: Number) -> Self {
        Member { version: Version(after.0), place: Place::Member, after, at: 0 }
    }
}

impl Room {
    /// A room by this id, if there is one, with nobody in it, as it is after a number.
    pub(super) fn new(id: &str, stored: Option<(Version, RoomDocument)>, as_of: Number) -> Self {
        let stored = stored.map(|(version, document)| (version, Arc::new(document)));
        let seats = Seats { as_of, ..Seats::default() };
        Room { id: id.into(), stored, as_of, seats: Arc::new(RwLock::new(seats)) }
    }

    /// The same room with another document.
    pub(super) fn with_document(&self, version: Version, document: RoomDocument, as_of: Number) -> Self {
        Room { stored: Some((version, Arc::new(document))), as_of, ..self.clone() }
    }

    /// Whether it has been made.
    pub fn exists(&self) -> bool {
        self.stored.is_some()
    }

    /// Its version, if it has been made.
    pub fn version(&self) -> Option<Version> {
        self.stored.as_ref().map(|(version, _)| *version)
    }

    /// Its document; for a room that has yet to be made, as it will be.
    pub fn document(&self) -> Arc<RoomDocument> {
        match &self.stored {
            Some((_, document)) => Arc::clone(document),
            None => Arc::new(RoomDocument { name: self.id.to_string(), ..RoomDocument::default() }),
        }
    }

    /// Those who listen to it.
    pub fn audience(&self) -> Audience {
        schema::room_audience(&self.id)
    }

    /// Somebody's place in it, if it has one for them.
    pub fn member(&self, person: &str) -> Option<Member> {
        self.read().by_person.get(person)?.member.clone()
    }

    /// Those who are in it.
    pub fn inside(&self) -> Vec<(Arc<str>, Member)> {
        let seats = self.read();
        let inside = seats.members().filter(|(_, member)| member.is_inside());
        inside.map(|(id, it)| (Arc::clone(id), it.clone())).collect()
    }

    /// Those who are banned from it.
    pub fn banned(&self) -> Vec<Arc<str>> {
        let seats = self.read();
        let banned = seats.members().filter(|(_, member)| !member.is_inside());
        banned.map(|(id, _)| Arc::clone(id)).collect()
    }

    /// How many are in it.
    pub fn size(&self) -> usize {
        self.read().members().filter(|(_, member)| member.is_inside()).count()
    }

    /// Puts somebody in their place, or takes it away, as it is after a number: if it is not known as it is after
    /// a later one. (What a line reads of the log may be older by the time that it is looked at.)
    pub(super) fn put(&self, person: &str, member: Option<Member>, as_of: Number) {
        let mut seats = self.seats.write().unwrap_or_else(PoisonError::into_inner);
        let before = seats.by_person.get(person);
        if before.map_or(seats.as_of, |seat| seat.as_of) > as_of {
            return;
        }
        let had_left = before.is_some_and(|seat| seat.member.is_none());
        let has_left = member.is_none();
        seats.left = seats.left + usize::from(has_left) - usize::from(had_left);
        seats.by_person.insert(person.into(), Seat { member, as_of });
        if seats.left > MOST_LEFT {
            seats.left = 0;
            seats.by_person.retain(|_, seat| seat.member.is_some());
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Seats> {
        self.seats.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seats {
    fn members(&self) -> impl Iterator<Item = (&Arc<str>, &Member)> {
        self.by_person.iter().filter_map(|(id, seat)| Some((id, seat.member.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_come_and_go_all_day_leave_little_behind() {
        let room = Room::new("a", None, Number(0));
        room.put("ann", Some(Member::at(Number(1))), Number(1));
        for n in 0..10_000 {
            let (person, number) = (format!("person{n}"), 2 * n + 2);
            room.put(&person, Some(Member::at(Number(number))), Number(number));
            room.put(&person, None, Number(number + 1));
        }
        assert!(room.read().by_person.len() <= MOST_LEFT + 2);
        assert_eq!((room.size(), room.inside().len()), (1, 1));
    }
}
