//! The pictures of all other nodes in one: how many are in each room, whoever is named counted once. Pure.

use std::collections::HashMap;

use super::picture::Crowd;
use super::who::Who;
use crate::engine::Audience;

/// Everybody on all other nodes, room by room.
#[derive(Debug, Default)]
pub struct Everybody(HashMap<Audience, Gathering>);

/// Everybody in one room.
#[derive(Debug, Default)]
pub struct Gathering {
    /// Those who are named, and by how many nodes.
    people: HashMap<Who, usize>,
    /// The sum of the counts of nodes that name nobody.
    counted: usize,
}

impl Gathering {
    /// How many they are: who is named counts once.
    pub fn count(&self) -> usize {
        self.counted.saturating_add(self.people.len())
    }

    /// Those who are named.
    pub fn people(&self) -> impl Iterator<Item = &Who> {
        self.people.keys()
    }

    /// Whether somebody is among those who are named.
    pub fn names(&self, who: &Who) -> bool {
        self.people.contains_key(who)
    }
}

impl Everybody {
    /// Those in a room, if there is anybody.
    pub fn room(&self, room: &Audience) -> Option<&Gathering> {
        self.0.get(room)
    }

    /// One node has this crowd in a room.
    pub fn add(&mut self, room: &Audience, crowd: &Crowd) {
        let gathering = self.0.entry(room.clone()).or_default();
        match crowd {
            Crowd::Count(count) => gathering.counted += *count as usize,
            Crowd::People(people) => {
                people.iter().for_each(|who| *gathering.people.entry(who.clone()).or_default() += 1);
            }
        }
    }

    /// A crowd that was added is not in a room any more.
    pub fn remove(&mut self, room: &Audience, crowd: &Crowd) {
        let Some(gathering) = self.0.get_mut(room) else { return };
        match crowd {
            Crowd::Count(count) => gathering.counted -= *count as usize,
            Crowd::People(people) => people.iter().for_each(|who| gathering.let_go(who)),
        }
        if gathering.count() == 0 {
            self.0.remove(room);
        }
    }
}

impl Gathering {
    /// One node less names somebody.
    fn let_go(&mut self, who: &Who) {
        let Some(nodes) = self.people.get_mut(who) else { return };
        *nodes -= 1;
        if *nodes == 0 {
            self.people.remove(who);
        }
    }
}
