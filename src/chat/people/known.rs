//! What a node remembers of people: those who were looked up lately, and the sessions that were found. What
//! changes is forgotten when the log says so.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Person, PersonId};
use crate::chat::recent::Recent;
use crate::engine::Millis;

/// How many people, and how many of them with sessions, are remembered.
const MOST_REMEMBERED: usize = 20_000;

/// Those who were looked up lately.
#[derive(Debug, Default)]
pub struct People(Mutex<State>);

#[derive(Debug)]
struct State {
    people: Recent<PersonId, Person>,
    /// By person and session, when it was last seen.
    sessions: Recent<PersonId, HashMap<String, Millis>>,
    changes: u64,
}

impl Default for State {
    fn default() -> Self {
        let (people, sessions) = (Recent::new(MOST_REMEMBERED), Recent::new(MOST_REMEMBERED));
        State { people, sessions, changes: 0 }
    }
}

impl People {
    /// Grows whenever something is forgotten: what was read before that is not remembered after it.
    pub fn changes(&self) -> u64 {
        self.lock().changes
    }

    /// Somebody who is remembered.
    pub fn get(&self, id: &PersonId) -> Option<Person> {
        self.lock().people.get(id).cloned()
    }

    /// When a session that is remembered was last seen.
    pub fn seen(&self, id: &PersonId, session: &str) -> Option<Millis> {
        self.lock().sessions.get(id)?.get(session).copied()
    }

    /// Remembers somebody, unless something was forgotten since `changes`. Whether they are remembered.
    pub fn remember(&self, person: &Person, changes: u64) -> bool {
        let mut state = self.lock();
        let is_new = state.changes == changes;
        if is_new {
            state.people.insert(person.id.clone(), person.clone());
        }
        is_new
    }

    /// Remembers a session in the same way.
    pub fn remember_session(&self, id: &PersonId, session: String, seen: Millis, changes: u64) {
        let mut state = self.lock();
        if state.changes != changes {
            return;
        }
        match state.sessions.get_mut(id) {
            Some(sessions) => {
                sessions.insert(session, seen);
            }
            None => state.sessions.insert(id.clone(), HashMap::from([(session, seen)])),
        }
    }

    /// Forgets somebody and their sessions.
    pub fn forget(&self, id: &PersonId) {
        let mut state = self.lock();
        state.changes += 1;
        state.people.remove(id);
        state.sessions.remove(id);
    }

    /// Forgets everybody.
    pub fn forget_all(&self) {
        let mut state = self.lock();
        *state = State { changes: state.changes + 1, ..State::default() };
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_not_remembered_after_it() {
        let (people, ann) = (People::default(), Person::named("ann", "Ann"));
        let before = people.changes();
        assert!(people.remember(&ann, before));
        people.remember_session(&ann.id, "s".into(), 1, before);
        assert_eq!((people.get(&ann.id), people.seen(&ann.id, "s")), (Some(ann.clone()), Some(1)));
        people.forget(&ann.id);
        assert!(!people.remember(&ann, before));
        people.remember_session(&ann.id, "s".into(), 1, before);
        assert_eq!((people.get(&ann.id), people.seen(&ann.id, "s")), (None, None));
        let now = people.changes();
        assert!(people.remember(&ann, now));
        people.forget_all();
        assert!(people.get(&ann.id).is_none() && people.changes() > now);
    }
}
