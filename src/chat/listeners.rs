//! Those who have open lines on this node: what they are on this server, and whether what they came in by has
//! ended. Lines look at that each time something is sent; when the last line of somebody closes, it is forgotten.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::recent::Recent;
use super::schema::{self, PersonDocument, Role};
use super::{Chat, Refusal, Speaker};
use crate::engine::{EngineError, Key, Number};

/// How many sessions are remembered to have ended besides those of lines: requests that have begun may still
/// come by them.
const MOST_ENDED: usize = 10_000;

/// Those who have open lines.
#[derive(Debug)]
pub(super) struct Listeners(RwLock<State>);

#[derive(Debug)]
struct State {
    people: HashMap<Arc<str>, Counted<Standing>>,
    /// By session, whether it has ended. Its lines look at it without asking here.
    sessions: HashMap<Arc<str>, Counted<Arc<AtomicBool>>>,
    ended: Recent<Arc<str>, ()>,
}

/// Something that as many lines need.
#[derive(Debug, Default)]
struct Counted<T> {
    lines: usize,
    value: T,
}

/// What somebody is on this server, if it is known, as it was after a number.
#[derive(Debug, Default, Clone, Copy)]
struct Standing {
    role: Option<Role>,
    as_of: Number,
}

/// Somebody listens as long as this is held. Of strangers nothing needs to be known.
#[derive(Debug)]
pub struct Listening {
    /// Forgotten when it is dropped.
    noted: Option<Box<Noted>>,
}

impl Listening {
    /// Whether what the line is opened with has ended, if it is with anything.
    pub fn has_ended(&self) -> Option<Arc<AtomicBool>> {
        self.noted.as_ref()?.session.as_ref().map(|session| Arc::clone(&session.has_ended))
    }
}

#[derive(Debug)]
struct Noted {
    of: Arc<Listeners>,
    person: Arc<str>,
    session: Option<NotedSession>,
}

#[derive(Debug)]
struct NotedSession {
    id: Arc<str>,
    has_ended: Arc<AtomicBool>,
}

impl Default for Listeners {
    fn default() -> Self {
        Listeners(RwLock::new(State {
            people: HashMap::new(),
            sessions: HashMap::new(),
            ended: Recent::new(MOST_ENDED),
        }))
    }
}

impl Chat {
    /// Somebody is about to open a line. Refused if what they came in by has ended meanwhile.
    pub async fn listen(&self, speaker: &Speaker) -> Result<Listening, Refusal> {
        let Some(person) = &speaker.person else { return Ok(Listening { noted: None }) };
        // First it is noted that they listen: what changes from now on is heard of. What changed before is no more
        // remembered as it was, or is read.
        let noted = Listeners::add(&self.listeners, &person.id.0, speaker.session.clone());
        if let Some(session) = &noted.session
            && self.people.seen(&person.id, &session.id).is_none()
            && !self.is_stored(&schema::session(&noted.person, &session.id)).await?
        {
            return Err(Refusal::NotSignedIn);
        }
        let person = self.present(speaker).await?.ok_or(Refusal::NotSignedIn)?;
        self.listeners.look_up(&noted.person, person.role);
        Ok(Listening { noted: Some(Box::new(noted)) })
    }

    /// The log went back: looks up what listeners are now.
    pub(super) async fn look_listeners_up(&self) -> Result<(), EngineError> {
        let ids = self.listeners.people();
        let keys: Vec<Key> = ids.iter().map(|id| schema::person(id)).collect();
        for ((id, key), stored) in ids.iter().zip(&keys).zip(self.engine.get(&keys).await?) {
            let role = match stored {
                Some(stored) => schema::read::<PersonDocument>(key, &stored)?.role,
                None => Role::Stranger,
            };
            self.listeners.begin_again(id, role);
        }
        Ok(())
    }
}

impl Listeners {
    fn add(of: &Arc<Self>, person: &str, session: Option<Arc<str>>) -> Noted {
        let person: Arc<str> = person.into();
        let mut state = of.write();
        state.people.entry(Arc::clone(&person)).or_default().lines += 1;
        let session = session.map(|id| {
            let has_ended = state.ended.get(&id).is_some();
            let known = state
                .sessions
                .entry(Arc::clone(&id))
                .or_insert_with(|| Counted { lines: 0, value: Arc::new(AtomicBool::new(has_ended)) });
            known.lines += 1;
            NotedSession { id, has_ended: Arc::clone(&known.value) }
        });
        drop(state);
        Noted { of: Arc::clone(of), person, session }
    }

    /// What somebody who listens is on this server, as far as that is known.
    pub(super) fn role(&self, person: &str) -> Role {
        let state = self.read();
        state.people.get(person).and_then(|known| known.value.role).unwrap_or(Role::Stranger)
    }

    /// Whether a session has ended.
    pub(super) fn has_ended(&self, session: &str) -> bool {
        let state = self.read();
        match state.sessions.get(session) {
            Some(known) => known.value.load(Ordering::Acquire),
            None => state.ended.get(session).is_some(),
        }
    }

    /// The log tells that a session has ended.
    pub(super) fn end(&self, session: &str) {
        let mut state = self.write();
        state.ended.insert(session.into(), ());
        if let Some(known) = state.sessions.get_mut(session) {
            known.value.store(true, Ordering::Release);
        }
    }

    /// The log tells what somebody is on this server, as it is after a number.
    pub(super) fn hear_role(&self, person: &str, role: Role, as_of: Number) {
        if let Some(known) = self.write().people.get_mut(person)
            && known.value.as_of <= as_of
        {
            known.value = Standing { role: Some(role), as_of };
        }
    }

    /// It was looked up what somebody is, which counts unless the log has told of it.
    fn look_up(&self, person: &str, role: Role) {
        if let Some(known) = self.write().people.get_mut(person) {
            known.value.role.get_or_insert(role);
        }
    }

    fn begin_again(&self, person: &str, role: Role) {
        if let Some(known) = self.write().people.get_mut(person) {
            known.value = Standing { role: Some(role), as_of: Number::default() };
        }
    }

    fn people(&self) -> Vec<Arc<str>> {
        self.read().people.keys().cloned().collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One line less needs it; the last one takes it along.
fn release<T>(of: &mut HashMap<Arc<str>, Counted<T>>, key: &Arc<str>) {
    if let Some(known) = of.get_mut(key) {
        known.lines -= 1;
        if known.lines == 0 {
            of.remove(key);
        }
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        let mut state = self.of.write();
        release(&mut state.people, &self.person);
        if let Some(session) = &self.session {
            release(&mut state.sessions, &session.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_those_whose_last_line_has_closed_nothing_is_left() {
        let listeners = Arc::new(Listeners::default());
        let line = || Listeners::add(&listeners, "ann", Some("phone".into()));
        let (one, other) = (line(), line());
        assert_eq!(listeners.role("ann"), Role::Stranger);
        listeners.hear_role("ann", Role::Member, Number(5));
        listeners.look_up("ann", Role::Guest);
        listeners.hear_role("ann", Role::Guest, Number(4));
        listeners.hear_role("ben", Role::Owner, Number(4));
        assert_eq!((listeners.role("ann"), listeners.role("ben")), (Role::Member, Role::Stranger));
        listeners.end("phone");
        drop(one);
        assert!(listeners.has_ended("phone") && listeners.role("ann") == Role::Member);
        for n in 0..2 * MOST_ENDED {
            listeners.end(&n.to_string());
        }
        assert!(listeners.has_ended("phone"), "as long as there is a line");
        drop(other);
        let state = listeners.read();
        assert!(state.people.is_empty() && state.sessions.is_empty() && state.ended.len() <= MOST_ENDED);
    }

    #[test]
    fn what_was_looked_up_counts_until_the_log_tells_otherwise() {
        let listeners = Arc::new(Listeners::default());
        let _line = Listeners::add(&listeners, "ann", None);
        listeners.look_up("ann", Role::Member);
        assert_eq!(listeners.role("ann"), Role::Member);
        listeners.hear_role("ann", Role::Guest, Number(1));
        assert_eq!(listeners.role("ann"), Role::Guest);
        listeners.begin_again("ann", Role::Moderator);
        assert_eq!(listeners.role("ann"), Role::Moderator);
    }
}
