//! This node's own people: on how many lines each is, who has just left and may be back, and what of
//! it the other nodes were told. Pure.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};

use std::time::Instant;

use super::picture::{Crowd, MOST_NAMED, Picture};
use super::who::Who;
use super::words::{Change, What};
use crate::engine::Audience;

/// How many departures are held back at most; beyond that people leave at once.
const MOST_LEAVING: usize = 100_000;
/// About how many bytes of changes are told in one word; the rest is told in the next.
const CHANGES_BYTES: usize = 256 << 10;

/// Somebody who is in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Person {
    /// Listens on so many lines.
    On(usize),
    /// Listens no more, and has until then to come back.
    Leaving(Instant),
}

type People = HashMap<Who, Person>;

/// This node's people.
#[derive(Debug, Default)]
pub struct Own {
    rooms: HashMap<Audience, People>,
    /// Departures that are held back, the next one due first. Those who came back are still in it.
    leaving: VecDeque<(Instant, Audience, Who)>,
    /// Who may have come or left since it was told.
    untold: HashMap<Audience, HashSet<Who>>,
    told: Picture,
    step: u64,
}

impl Own {
    /// Somebody listens to a room on one line more. Returns whether they are new to it.
    pub fn enter(&mut self, room: &Audience, who: &Who) -> bool {
        match self.rooms.entry(room.clone()).or_default().entry(who.clone()) {
            Entry::Occupied(mut place) => {
                let lines = if let Person::On(lines) = place.get() { lines + 1 } else { 1 };
                place.insert(Person::On(lines));
                false
            }
            Entry::Vacant(place) => {
                place.insert(Person::On(1));
                self.touch(room, who);
                true
            }
        }
    }

    /// Somebody listens to a room on one line less. If it was their last, they have until then to come
    /// back, or no time at all. Returns whether they have left.
    pub fn leave(&mut self, room: &Audience, who: &Who, until: Option<Instant>) -> bool {
        let Some(person) = self.rooms.get_mut(room).and_then(|people| people.get_mut(who)) else {
            return false;
        };
        match (*person, until.filter(|_| self.leaving.len() < MOST_LEAVING)) {
            (Person::Leaving(_), _) => false,
            (Person::On(lines), _) if lines > 1 => {
                *person = Person::On(lines - 1);
                false
            }
            (Person::On(_), Some(until)) => {
                *person = Person::Leaving(until);
                self.leaving.push_back((until, room.clone(), who.clone()));
                false
            }
            (Person::On(_), None) => {
                self.remove(room, who);
                true
            }
        }
    }

    /// Lets go of those who had until now to come back and did not. Returns the rooms that they left.
    pub fn expire(&mut self, now: Instant) -> Vec<Audience> {
        let mut left = Vec::new();
        while let Some((until, room, who)) = self.leaving.pop_front_if(|(until, _, _)| *until <= now) {
            // Somebody who came back and left again has more time.
            let person = self.rooms.get(&room).and_then(|people| people.get(&who));
            if person == Some(&Person::Leaving(until)) {
                self.remove(&room, &who);
                left.push(room);
            }
        }
        left
    }

    /// When the next departure is due.
    pub fn due(&self) -> Option<Instant> {
        self.leaving.front().map(|(until, _, _)| *until)
    }

    /// How many are in a room.
    pub fn count(&self, room: &Audience) -> usize {
        self.rooms.get(room).map_or(0, HashMap::len)
    }

    /// Whether somebody is in a room.
    pub fn has(&self, room: &Audience, who: &Who) -> bool {
        self.rooms.get(room).is_some_and(|people| people.contains_key(who))
    }

    /// Those who are in a room.
    pub fn people(&self, room: &Audience) -> impl Iterator<Item = &Who> {
        self.rooms.get(room).into_iter().flat_map(HashMap::keys)
    }

    /// What the other nodes were told.
    pub fn told(&self) -> &Picture {
        &self.told
    }

    /// How many changes were told.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Whether there is something to tell.
    pub fn has_untold(&self) -> bool {
        !self.untold.is_empty()
    }

    /// What has changed since the last call, as much as goes into one word; from now on it is told.
    pub fn tell(&mut self) -> Vec<Change> {
        let (mut changes, mut size) = (Vec::new(), 0);
        let mut untold = std::mem::take(&mut self.untold).into_iter();
        while size < CHANGES_BYTES
            && let Some((room, touched)) = untold.next()
        {
            if let Some(what) = self.difference(&room, touched) {
                let change = Change { room, what };
                size += change.bytes();
                self.told.apply(&change, usize::MAX);
                changes.push(change);
            }
        }
        self.untold = untold.collect();
        self.step += u64::from(!changes.is_empty());
        changes
    }

    /// What is to be told of a room, given who may have come or left.
    fn difference(&self, room: &Audience, touched: HashSet<Who>) -> Option<What> {
        let (count, told) = (self.count(room), self.told.crowd(room));
        if count > MOST_NAMED {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            return (told != Some(&Crowd::Count(count))).then_some(What::Count(count));
        }
        let told = match told {
            Some(Crowd::Count(_)) if count == 0 => return Some(What::Count(0)),
            Some(Crowd::Count(_)) => {
                return Some(What::People { came: self.people(room).cloned().collect(), left: Vec::new() });
            }
            Some(Crowd::People(told)) => Some(told),
            None => None,
        };
        let here = self.rooms.get(room);
        let (mut came, mut left) = (Vec::new(), Vec::new());
        for who in touched {
            let is_here = here.is_some_and(|people| people.contains_key(&who));
            match (is_here, told.is_some_and(|told| told.contains(&who))) {
                (true, false) => came.push(who),
                (false, true) => left.push(who),
                _ => {}
            }
        }
        (!came.is_empty() || !left.is_empty()).then_some(What::People { came, left })
    }

    fn remove(&mut self, room: &Audience, who: &Who) {
        if let Some(people) = self.rooms.get_mut(room) {
            people.remove(who);
            if people.is_empty() {
                self.rooms.remove(room);
            }
        }
        self.touch(room, who);
    }

    fn touch(&mut self, room: &Audience, who: &Who) {
        self.untold.entry(room.clone()).or_default().insert(who.clone());
    }
}
