//! Who is here: how many different people and programs listen to each room on this node. Pure.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::engine::Audience;

/// Counts of those who listen, by audience.
#[derive(Debug, Default)]
pub struct Presence {
    rooms: HashMap<Audience, HashMap<Arc<str>, usize>>,
    changed: HashSet<Audience>,
}

impl Presence {
    /// Somebody listens to an audience on one line more.
    pub fn enter(&mut self, audience: &Audience, who: &Arc<str>) {
        let lines = self.rooms.entry(audience.clone()).or_default().entry(Arc::clone(who)).or_default();
        *lines += 1;
        if *lines == 1 {
            self.changed.insert(audience.clone());
        }
    }

    /// Somebody listens to an audience on one line less.
    pub fn leave(&mut self, audience: &Audience, who: &Arc<str>) {
        let Some(room) = self.rooms.get_mut(audience) else { return };
        let Some(lines) = room.get_mut(who) else { return };
        *lines -= 1;
        if *lines == 0 {
            room.remove(who);
            self.changed.insert(audience.clone());
        }
        if room.is_empty() {
            self.rooms.remove(audience);
        }
    }

    /// How many are in a room: each person or program once, on however many lines.
    pub fn count(&self, audience: &Audience) -> usize {
        self.rooms.get(audience).map_or(0, HashMap::len)
    }

    /// The audiences whose count may have changed since the last call, with their counts.
    pub fn take_changes(&mut self) -> Vec<(Audience, usize)> {
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().map(|audience| (audience.clone(), self.count(&audience))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_on_two_lines_is_one_person() {
        let (mut presence, lobby) = (Presence::default(), Audience::new("room:lobby"));
        let (ann, ben): (Arc<str>, Arc<str>) = ("ann".into(), "ben".into());
        presence.enter(&lobby, &ann);
        presence.enter(&lobby, &ann);
        presence.enter(&lobby, &ben);
        assert_eq!(presence.take_changes(), [(lobby.clone(), 2)]);
        presence.leave(&lobby, &ann);
        assert_eq!(presence.take_changes(), []);
        presence.leave(&lobby, &ann);
        presence.leave(&lobby, &ben);
        assert_eq!(presence.take_changes(), [(lobby.clone(), 0)]);
        assert!(presence.rooms.is_empty());
    }
}
