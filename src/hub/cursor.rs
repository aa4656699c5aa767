//! The cursor: how far a line is, and what it may hear. Nothing in it grows with what is said.

use std::collections::HashMap;
use std::sync::Arc;

use super::heard::Heard;
use crate::engine::{Audience, EpochId, Hearing, Id, Number};

/// The id before everything, in whatever epoch.
pub const FROM_THE_BEGINNING: Id = Id { epoch: EpochId(0), number: Number(0) };

/// Where one line stands.
#[derive(Debug, Clone)]
pub struct Cursor {
    /// The last number that the line is done with.
    pub at: Number,
    /// For each audience of the line, the id after which it may hear.
    pub rooms: HashMap<Audience, Id>,
    /// Whether it hears every audience that it may, named or not.
    pub everything: bool,
    /// The client whose own messages are left out (`echo=false`).
    pub not_from: Option<Arc<str>>,
}

impl Cursor {
    /// A cursor that is done with `at` and hears these audiences from there on.
    pub fn new(at: Number, audiences: impl IntoIterator<Item = Audience>) -> Self {
        let rooms = audiences.into_iter().map(|name| (name, FROM_THE_BEGINNING)).collect();
        Cursor { at, rooms, everything: false, not_from: None }
    }

    /// Whether an entry is for this line: after its cursor, in one of its rooms, and not its own echo.
    pub fn wants(&self, heard: &Heard, may_hear: &dyn Fn(&Audience, Number) -> bool) -> bool {
        if heard.number <= self.at || (self.not_from.is_some() && heard.client == self.not_from) {
            return false;
        }
        let listens =
            |name| self.everything || self.rooms.get(name).is_some_and(|from| heard.number > from.number);
        heard.audiences.iter().any(|name| listens(name) && may_hear(name, heard.rights_of))
    }

    /// The one audience that it hears all of from where it is, if it is such a cursor.
    pub fn only_audience(&self) -> Option<&Audience> {
        let is_plain = self.rooms.len() == 1 && !self.everything && self.not_from.is_none();
        let (audience, from) = self.rooms.iter().next().filter(|_| is_plain)?;
        (from.number <= self.at).then_some(audience)
    }

    /// Whether it hears all of this audience from where it is, and of no other.
    pub fn hears_all_of(&self, audience: &Audience) -> bool {
        self.only_audience().is_some_and(|only| Arc::ptr_eq(&only.0, &audience.0) || only == audience)
    }

    /// Whether it listens to an audience at all.
    pub fn listens_to(&self, audience: &Audience) -> bool {
        self.everything || self.rooms.contains_key(audience)
    }

    /// What it asks of the log.
    pub fn hearing(&self) -> Hearing {
        if self.everything { Hearing::Everything } else { Hearing::Of(self.rooms.keys().cloned().collect()) }
    }
}
