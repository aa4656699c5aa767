//! The cursor: how far a line is, and what it may hear. Nothing in it grows with what is said.

use std::sync::Arc;

use super::heard::Heard;
use super::rooms::Rooms;
use crate::engine::{Audience, Hearing, Number};

/// Where one line stands.
#[derive(Debug, Clone)]
pub struct Cursor {
    /// The last number that the line is done with.
    pub at: Number,
    /// What it listens to.
    pub rooms: Rooms,
    /// Whether it hears every audience that it may, named or not.
    pub everything: bool,
    /// The client whose own messages are left out (`echo=false`).
    pub not_from: Option<Arc<str>>,
}

impl Cursor {
    /// A cursor that is done with `at` and hears these rooms from there on.
    pub fn new(at: Number, rooms: Rooms) -> Self {
        Cursor { at, rooms, everything: false, not_from: None }
    }

    /// Whether an entry is for this line: after its cursor, in one of its rooms, and not its own echo.
    pub fn wants(&self, heard: &Heard, may_hear: &dyn Fn(&Audience, Number) -> bool) -> bool {
        if heard.number <= self.at || (self.not_from.is_some() && heard.client == self.not_from) {
            return false;
        }
        let listens =
            |name| self.everything || self.rooms.after(name).is_some_and(|id| heard.number > id.number);
        heard.audiences.iter().any(|name| listens(name) && may_hear(name, heard.rights_of))
    }

    /// Whether it hears its rooms and no others, whoever speaks.
    pub fn is_plain(&self) -> bool {
        !self.everything && self.not_from.is_none()
    }

    /// Whether it listens to an audience at all.
    pub fn listens_to(&self, audience: &Audience) -> bool {
        self.everything || self.rooms.contains(audience)
    }

    /// What it asks of the log.
    pub fn hearing(&self) -> Hearing {
        if self.everything { Hearing::Everything } else { Hearing::Of(self.rooms.names().cloned().collect()) }
    }
}
