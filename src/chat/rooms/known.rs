//! What a node remembers of rooms: where names lead, and who is in each room that was looked up.
//!
//! It is loaded when a room is first asked for and kept right by the log, entry by entry, in order. Rights are
//! asked of it whenever something is sent, so a room that only some may hear is not forgotten, nor absent while
//! it is looked up again. Of the others, and of names, those are remembered that were used lately.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::{Member, Room};
use crate::chat::RoomName;
use crate::chat::recent::Recent;
use crate::chat::schema::{self, RoomDocument};
use crate::engine::{Number, Version};

/// How many rooms that everybody may hear, and how many names, are remembered.
const MOST_REMEMBERED: usize = 10_000;

/// What is remembered.
#[derive(Debug)]
pub struct Known {
    /// Whether everybody may hear what is said in public rooms.
    everybody_hears: bool,
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    names: Recent<RoomName, Arc<str>>,
    /// Grows when a name may lead elsewhere: what was read before that is not remembered after it.
    renamed: u64,
    /// Rooms of which rights are asked.
    kept: HashMap<Arc<str>, Arc<Room>>,
    /// All others, and those that have yet to be made.
    recent: Recent<Arc<str>, Arc<Room>>,
    /// Those that are being loaded.
    loading: HashMap<Arc<str>, Meanwhile>,
}

/// What the log has told of a room while it was loaded.
#[derive(Debug, Default)]
struct Meanwhile {
    has_changed: bool,
    was_spoken_in: bool,
    /// The places that it has told of, each with the number after which it is so.
    places: HashMap<Arc<str>, (Option<Member>, Number)>,
}

/// A room is being loaded as long as this is held.
pub struct Loading<'a> {
    known: &'a Known,
    id: Arc<str>,
}

impl Drop for Loading<'_> {
    fn drop(&mut self) {
        self.known.write().loading.remove(&self.id);
    }
}

impl Known {
    /// Nothing yet, where everybody may hear what is said in public rooms, or only some may.
    pub fn new(everybody_hears: bool) -> Self {
        let state = State {
            names: Recent::new(MOST_REMEMBERED),
            renamed: 0,
            kept: HashMap::new(),
            recent: Recent::new(MOST_REMEMBERED),
            loading: HashMap::new(),
        };
        Known { everybody_hears, state: RwLock::new(state) }
    }

    /// Whether it depends on who somebody is, or on who is in a room, if they may hear it.
    pub fn is_asked_of(&self, room: &str) -> bool {
        schema::is_hidden(room) || !self.everybody_hears
    }

    /// Where a name leads; or else what [`lead`](Known::lead) is to be told with the answer.
    pub fn name(&self, name: &RoomName) -> Result<Arc<str>, u64> {
        let state = self.read();
        state.names.get(name).cloned().ok_or(state.renamed)
    }

    /// The room of an id.
    pub fn room(&self, id: &str) -> Option<Arc<Room>> {
        let state = self.read();
        state.kept.get(id).or_else(|| state.recent.get(id)).cloned()
    }

    /// Remembers where a name leads, unless one has come to lead elsewhere since `renamed`.
    pub fn lead(&self, name: &RoomName, id: &Arc<str>, renamed: u64) {
        let mut state = self.write();
        if state.renamed == renamed {
            state.names.insert(name.clone(), Arc::clone(id));
        }
    }

    /// A room is being loaded from now on; by one at a time.
    pub fn begin(&self, id: &str) -> Loading<'_> {
        let id: Arc<str> = id.into();
        self.write().loading.insert(Arc::clone(&id), Meanwhile::default());
        Loading { known: self, id }
    }

    /// A room has been loaded, and is remembered in the place of what it was. Nothing if the log has told of it
    /// meanwhile: it must be loaded again. That people came and went is taken in: in a large room they always do.
    pub fn finish(&self, loading: &Loading<'_>, room: Room) -> Option<Arc<Room>> {
        let mut state = self.write();
        if let Some(meanwhile) = state.loading.get_mut(&loading.id) {
            if meanwhile.has_changed || (meanwhile.was_spoken_in && !room.exists()) {
                return None;
            }
            for (person, (member, as_of)) in meanwhile.places.drain() {
                room.put(&person, member, as_of);
            }
        }
        let room = Arc::new(room);
        let id = Arc::clone(&room.id);
        if room.exists() && self.is_asked_of(&id) {
            state.recent.remove(&id);
            state.kept.insert(id, Arc::clone(&room));
        } else {
            state.kept.remove(&id);
            // Anybody can ask for hidden rooms that do not exist: there is nothing to remember of them.
            if !schema::is_hidden(&id) {
                state.recent.insert(id, Arc::clone(&room));
            }
        }
        Some(room)
    }

    /// The log tells of a room's document, as it is after this number.
    pub fn hear_room(&self, id: &str, stored: Option<(Version, RoomDocument)>, as_of: Number) {
        let mut state = self.write();
        state.note_change(id);
        let Some((version, document)) = stored else { return };
        if document.kind == schema::RoomKind::Public
            && let Ok(name) = RoomName::parse(&document.name)
        {
            state.renamed += 1;
            state.names.insert(name, id.into());
        }
        // With a room come the people for whom it was made, of whom nothing else is told.
        state.forget_unmade(id);
        if let Some(room) = state.room_mut(id)
            && room.as_of <= as_of
        {
            *room = Arc::new(room.with_document(version, document, as_of));
        }
    }

    /// The log tells of somebody's place in a room, as it is after this number.
    pub fn hear_member(&self, id: &str, person: &str, member: Option<Member>, as_of: Number) {
        let mut state = self.write();
        if let Some(meanwhile) = state.loading.get_mut(id) {
            meanwhile.places.insert(person.into(), (member.clone(), as_of));
        }
        if let Some(room) = state.room_mut(id) {
            room.put(person, member, as_of);
        }
    }

    /// The log tells that something was said in a room: by now it has been made.
    pub fn hear_message(&self, id: &str) {
        let is_news = {
            let state = self.read();
            state.loading.contains_key(id) || state.recent.get(id).is_some_and(|room| !room.exists())
        };
        if is_news {
            let mut state = self.write();
            if let Some(meanwhile) = state.loading.get_mut(id) {
                meanwhile.was_spoken_in = true;
            }
            state.forget_unmade(id);
        }
    }

    /// Somebody has changed a room, or where its name leads: forgets what the log may not have told of that. Gives
    /// the id to which it led, as far as that is known.
    pub fn forget_name(&self, name: &RoomName) -> Option<Arc<str>> {
        if name.is_hidden() {
            return Some(name.as_str().into());
        }
        let mut state = self.write();
        let id = state.names.remove(name)?;
        state.forget_unmade(&id);
        Some(id)
    }

    /// Forgets everything, also what rights are asked of: for when nobody listens.
    pub fn forget_everything(&self) {
        let mut state = self.write();
        state.renamed += 1;
        state.names.clear();
        state.recent.clear();
        state.kept.clear();
    }

    /// What was remembered may not be so any more. Gives the rooms that must be looked up again: until then
    /// they are as they were.
    pub fn begin_again(&self) -> Vec<Arc<str>> {
        let mut state = self.write();
        state.renamed += 1;
        state.names.clear();
        state.recent.clear();
        state.loading.values_mut().for_each(|meanwhile| meanwhile.has_changed = true);
        state.kept.keys().cloned().collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn room_mut(&mut self, id: &str) -> Option<&mut Arc<Room>> {
        match self.kept.get_mut(id) {
            Some(room) => Some(room),
            None => self.recent.get_mut(id),
        }
    }

    /// Forgets a room that had yet to be made.
    fn forget_unmade(&mut self, id: &str) {
        if self.recent.get(id).is_some_and(|room| !room.exists()) {
            self.recent.remove(id);
        }
    }

    fn note_change(&mut self, id: &str) {
        if let Some(meanwhile) = self.loading.get_mut(id) {
            meanwhile.has_changed = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(id: &str) -> Room {
        Room::new(id, Some((Version(1), RoomDocument::default())), Number(0))
    }

    fn loaded(known: &Known, room: Room) {
        let loading = known.begin(&room.id);
        known.finish(&loading, room).unwrap();
    }

    #[test]
    fn rooms_that_rights_are_asked_of_stay_and_of_the_others_those_that_are_used() {
        for everybody_hears in [true, false] {
            let known = Known::new(everybody_hears);
            loaded(&known, made("~hidden"));
            loaded(&known, made("first"));
            for n in 0..2 * MOST_REMEMBERED {
                loaded(&known, Room::new(&format!("nowhere{n}"), None, Number(0)));
                loaded(&known, Room::new(&format!("~nowhere{n}"), None, Number(0)));
            }
            assert!(known.room("~hidden").is_some());
            assert_eq!(known.room("first").is_some(), !everybody_hears);
            assert!(known.room("~nowhere1").is_none());
            let state = known.read();
            assert!(state.recent.len() <= MOST_REMEMBERED && state.loading.is_empty());
            assert_eq!(state.kept.len(), if everybody_hears { 1 } else { 2 });
        }
    }

    #[test]
    fn a_room_that_rights_are_asked_of_is_there_while_it_is_looked_up_again() {
        let (known, name) = (Known::new(false), RoomName::parse("a").unwrap());
        let renamed = known.name(&name).unwrap_err();
        known.lead(&name, &"a".into(), renamed);
        loaded(&known, made("a"));
        known.forget_name(&name);
        assert!(known.name(&name).is_err() && known.room("a").is_some());
        assert_eq!(known.begin_again(), [Arc::from("a")]);
        let loading = known.begin("a");
        assert!(known.room("a").is_some());
        known.finish(&loading, made("a")).unwrap();
        assert!(known.room("a").is_some());
    }

    #[test]
    fn a_room_is_loaded_again_if_the_log_tells_of_it_meanwhile_and_given_up_loads_leave_nothing() {
        let known = Known::new(true);
        let loading = known.begin("a");
        known.hear_room("a", None, Number(1));
        assert!(known.finish(&loading, made("a")).is_none());
        drop(loading);
        let (other, loading) = (known.begin("b"), known.begin("a"));
        known.hear_message("b");
        known.hear_message("a");
        assert!(known.finish(&loading, made("a")).is_some(), "it was there already");
        assert!(known.finish(&other, Room::new("b", None, Number(0))).is_none());
        drop((other, loading));
        assert!(known.read().loading.is_empty());
    }

    #[test]
    fn who_comes_and_goes_while_a_room_is_loaded_does_not_begin_it_again() {
        let known = Known::new(true);
        let read = Room::new("~a", Some((Version(1), RoomDocument::default())), Number(10));
        for (person, before) in [("ann", 3), ("ben", 4)] {
            read.put(person, Some(Member::at(Number(before))), Number(10));
        }
        let loading = known.begin("~a");
        known.hear_member("~a", "ann", None, Number(11));
        known.hear_member("~a", "eve", Some(Member::at(Number(12))), Number(12));
        // By the head that was read first, he was in it again.
        known.hear_member("~a", "ben", None, Number(2));
        let room = known.finish(&loading, read).unwrap();
        assert_eq!(["ann", "ben", "eve"].map(|person| room.member(person).is_some()), [false, true, true]);
    }

    #[test]
    fn what_is_read_late_of_an_old_entry_does_not_undo_a_newer_one() {
        let known = Known::new(true);
        loaded(&known, made("~a"));
        let member = Member::at(Number(3));
        known.hear_member("~a", "ann", Some(member.clone()), Number(3));
        known.hear_member("~a", "ann", None, Number(5));
        known.hear_member("~a", "ann", Some(member.clone()), Number(3));
        assert_eq!(known.room("~a").unwrap().member("ann"), None);
        known.hear_member("~a", "ann", Some(member.clone()), Number(7));
        assert_eq!(known.room("~a").unwrap().member("ann"), Some(member));
        let named = |name: &str| RoomDocument { name: name.to_owned(), ..RoomDocument::default() };
        known.hear_room("~a", Some((Version(3), named("new"))), Number(9));
        known.hear_room("~a", Some((Version(2), named("old"))), Number(8));
        assert_eq!(known.room("~a").unwrap().document().name, "new");
    }

    #[test]
    fn a_name_that_was_read_before_a_room_was_renamed_is_not_remembered_after_it() {
        let (known, name) = (Known::new(true), RoomName::parse("new").unwrap());
        let renamed = known.name(&name).unwrap_err();
        let document = RoomDocument { name: "new".to_owned(), ..RoomDocument::default() };
        known.hear_room("old", Some((Version(1), document)), Number(1));
        known.lead(&name, &"new".into(), renamed);
        assert_eq!(known.name(&name).as_deref(), Ok("old"));
    }

    #[test]
    fn a_room_that_was_made_by_speaking_is_not_taken_for_one_that_has_yet_to_be() {
        let known = Known::new(true);
        loaded(&known, Room::new("a", None, Number(0)));
        known.hear_message("a");
        assert!(known.room("a").is_none());
        loaded(&known, made("a"));
        known.hear_message("a");
        assert!(known.room("a").is_some());
    }
}
