//! What the lines of a room are told of those who are in it. Pure.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::who::Who;
use super::{MOST_NAMED, Presence};
use crate::engine::Audience;

/// People are named in rooms with at most so many.
const MOST_TOLD_BY_NAME: usize = 50;

/// Those who are in a room.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Here {
    /// How many people and programs they are.
    pub count: usize,
    /// The ids of the people among them, in order; none if they are more than 50 in all.
    pub people: Option<Vec<Arc<str>>>,
}

impl Here {
    /// The same for what reads the same.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }
}

impl Presence {
    /// Who is in a room, on all nodes.
    pub fn here(&self, audience: &Audience) -> Here {
        let count = self.count(audience);
        Here { count, people: (count <= MOST_TOLD_BY_NAME).then(|| self.people(audience)) }
    }

    /// How many are in a room: each person or program once, on however many lines and nodes; but those
    /// of a node that has more than [`MOST_NAMED`] there are only added up.
    pub fn count(&self, audience: &Audience) -> usize {
        let own = self.own.count(audience);
        match self.others.room(audience) {
            None => own,
            Some(others) if own > MOST_NAMED => others.count().saturating_add(own),
            Some(others) => {
                let only_here = self.own.people(audience).filter(|who| !others.names(who)).count();
                others.count().saturating_add(only_here)
            }
        }
    }

    /// Whether somebody is in a room, as far as the nodes name those whom they have there.
    pub fn is_here(&self, audience: &Audience, who: &Who) -> bool {
        self.own.has(audience, who) || self.others.room(audience).is_some_and(|others| others.names(who))
    }

    fn people(&self, audience: &Audience) -> Vec<Arc<str>> {
        let others = self.others.room(audience).into_iter().flat_map(|others| others.people());
        let mut people: Vec<_> =
            self.own.people(audience).chain(others).filter_map(Who::person).cloned().collect();
        people.sort_unstable();
        people.dedup();
        people
    }
}
