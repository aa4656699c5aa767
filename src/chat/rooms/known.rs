//! What a node remembers of rooms: where names lead, and who is in each room that was looked up.
//!
//! It is loaded when a room is first asked for and kept right by the log, entry by entry, in order. Rights are
//! asked of it whenever something is sent, so a room that only some may hear is never forgotten.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::chat::RoomName;
use crate::chat::schema::{self, MemberDocument, Place, Role, RoomDocument};
use crate::engine::{Audience, Document, EngineError, Key, Millis, Number, Version};

/// How many public rooms, and how many names, are remembered before all of them are looked up again.
const MOST_REMEMBERED: usize = 10_000;

/// A room as it was when it was last looked up, with the people in it as they are.
#[derive(Debug, Clone)]
pub struct Room {
    /// Its id.
    pub id: Arc<str>,
    /// Its document; none if there is no such room yet.
    stored: Option<(Version, Arc<RoomDocument>)>,
    members: Arc<RwLock<HashMap<Arc<str>, Member>>>,
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
}

impl Room {
    /// A room by this id, if there is one, with nobody in it.
    pub(super) fn new(id: &str, stored: Option<(Version, RoomDocument)>) -> Self {
        let stored = stored.map(|(version, document)| (version, Arc::new(document)));
        Room { id: id.into(), stored, members: Arc::default() }
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
        self.read_members().get(person).cloned()
    }

    /// Those who are in it.
    pub fn inside(&self) -> Vec<(Arc<str>, Member)> {
        let members = self.read_members();
        members
            .iter()
            .filter(|(_, member)| member.is_inside())
            .map(|(id, it)| (Arc::clone(id), it.clone()))
            .collect()
    }

    /// Those who are banned from it.
    pub fn banned(&self) -> Vec<Arc<str>> {
        let members = self.read_members();
        members.iter().filter(|(_, member)| !member.is_inside()).map(|(id, _)| Arc::clone(id)).collect()
    }

    /// How many are in it.
    pub fn size(&self) -> usize {
        self.read_members().values().filter(|member| member.is_inside()).count()
    }

    /// Puts somebody in their place, or forgets them.
    pub(super) fn put(&self, person: &str, member: Option<Member>) {
        let mut members = self.members.write().unwrap_or_else(PoisonError::into_inner);
        match member {
            Some(member) => members.insert(person.into(), member),
            None => members.remove(person),
        };
    }

    fn read_members(&self) -> RwLockReadGuard<'_, HashMap<Arc<str>, Member>> {
        self.members.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is remembered.
#[derive(Debug, Default)]
pub struct Known(RwLock<State>);

#[derive(Debug, Default)]
struct State {
    names: HashMap<RoomName, Arc<str>>,
    rooms: HashMap<Arc<str>, Arc<Room>>,
    /// The room that is being loaded, and whether the log has told of it meanwhile.
    loading: Option<(Arc<str>, bool)>,
    roles: HashMap<Arc<str>, Role>,
    ended: HashSet<Arc<str>>,
}

impl Known {
    /// Where a name leads.
    pub fn name(&self, name: &RoomName) -> Option<Arc<str>> {
        self.read().names.get(name).cloned()
    }

    /// The room of an id.
    pub fn room(&self, id: &str) -> Option<Arc<Room>> {
        self.read().rooms.get(id).cloned()
    }

    /// What somebody is on this server, if they were looked up.
    pub fn role(&self, person: &str) -> Option<Role> {
        self.read().roles.get(person).copied()
    }

    /// Whether a session has ended.
    pub fn has_ended(&self, session: &str) -> bool {
        self.read().ended.contains(session)
    }

    /// Remembers where a name leads.
    pub fn lead(&self, name: &RoomName, id: &Arc<str>) {
        let mut state = self.write();
        if state.names.len() >= MOST_REMEMBERED {
            state.names.clear();
        }
        state.names.insert(name.clone(), Arc::clone(id));
    }

    /// Remembers what somebody is on this server. Not to be forgotten, since lines ask for it.
    pub fn note_role(&self, person: &str, role: Role) {
        if self.role(person) != Some(role) {
            self.write().roles.insert(person.into(), role);
        }
    }

    /// Remembers that a session has ended: lines that were opened with it hear nothing more.
    pub fn end_session(&self, session: &str) {
        self.write().ended.insert(session.into());
    }

    /// A room is being loaded from now on. One at a time.
    pub fn begin(&self, id: &str) {
        self.write().loading = Some((id.into(), false));
    }

    /// A room has been loaded. `false` if the log has told of it meanwhile: it must be loaded again.
    pub fn finish(&self, room: Room) -> bool {
        let mut state = self.write();
        if state.loading.take().is_some_and(|(_, has_changed)| has_changed) {
            return false;
        }
        if state.rooms.len() >= MOST_REMEMBERED {
            state.rooms.retain(|id, _| schema::is_hidden(id));
        }
        state.rooms.insert(Arc::clone(&room.id), Arc::new(room));
        true
    }

    /// The log tells of a room's document.
    pub fn hear_room(&self, id: &str, stored: Option<(Version, RoomDocument)>) {
        let mut state = self.write();
        state.note_change(id);
        let Some((version, document)) = stored else { return };
        if document.kind == schema::RoomKind::Public
            && let Ok(name) = RoomName::parse(&document.name)
        {
            state.names.insert(name, id.into());
        }
        if let Some(room) = state.rooms.get_mut(id) {
            let members = Arc::clone(&room.members);
            let stored = Some((version, Arc::new(document)));
            *room = Arc::new(Room { id: Arc::clone(&room.id), stored, members });
        }
    }

    /// The log tells of somebody's place in a room.
    pub fn hear_member(&self, id: &str, person: &str, member: Option<Member>) {
        let mut state = self.write();
        state.note_change(id);
        if let Some(room) = state.rooms.get(id) {
            room.put(person, member);
        }
    }

    /// Forgets a name and, if it is one of those that may be forgotten, the room that it leads to: somebody
    /// else has changed them.
    pub fn forget(&self, name: &RoomName) {
        let mut state = self.write();
        if let Some(id) = state.names.remove(name)
            && !schema::is_hidden(&id)
        {
            state.rooms.remove(&id);
        }
    }

    /// Forgets everything, also what rights are asked of: for when nobody listens.
    pub fn forget_everything(&self) {
        let mut state = self.write();
        state.names.clear();
        state.rooms.clear();
    }

    /// What was remembered may not be so any more. Gives the rooms that must be looked up again: until then
    /// they are as they were.
    pub fn begin_again(&self) -> Vec<Arc<str>> {
        let mut state = self.write();
        state.names.clear();
        if let Some((_, has_changed)) = &mut state.loading {
            *has_changed = true;
        }
        state.rooms.retain(|id, _| schema::is_hidden(id));
        state.rooms.keys().cloned().collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn note_change(&mut self, id: &str) {
        if let Some((loading, has_changed)) = &mut self.loading {
            *has_changed |= **loading == *id;
        }
    }
}
