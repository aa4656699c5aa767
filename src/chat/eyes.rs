//! Who looks at messages: what they are shown of them, and from which number on.

use super::{Chat, Room, Visit, schema};
use crate::engine::Number;

/// Who looks at messages.
#[derive(Debug, Clone, Copy)]
pub(super) enum Eyes<'a> {
    /// Everybody who may hear them.
    Everybodys,
    /// Somebody in the room.
    Of(&'a Visit),
}

impl Eyes<'_> {
    /// The person whose they are, if they are one's.
    pub(super) fn person(&self) -> Option<&str> {
        match self {
            Eyes::Everybodys => None,
            Eyes::Of(visit) => visit.person.as_ref().map(|person| person.id.0.as_str()),
        }
    }
}

impl Chat {
    /// The number after which these eyes see all messages of a room.
    pub(super) fn seen_after(&self, room: &str, eyes: Eyes<'_>) -> Number {
        match eyes {
            Eyes::Of(visit) => visit.hears_after(),
            Eyes::Everybodys if !schema::is_hidden(room) => Number(0),
            Eyes::Everybodys => self.known.room(room).map_or(Number(u64::MAX), |room| heard_by_all(&room)),
        }
    }
}

/// Everybody in a room may hear what was said after this.
fn heard_by_all(room: &Room) -> Number {
    room.inside().iter().map(|(_, member)| member.after).max().unwrap_or_default()
}
