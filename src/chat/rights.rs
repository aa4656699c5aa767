//! Who may hear what, asked each time something is sent.

use super::schema;
use crate::engine::Audience;
use crate::hub::{Listener, Rights};

/// What is said in public rooms is for everybody; what concerns a person, for that person only.
#[derive(Debug, Default, Clone, Copy)]
pub struct OpenRights;

impl Rights for OpenRights {
    fn may_hear(&self, listener: &Listener, audience: &Audience) -> bool {
        match audience.0.strip_prefix("person:") {
            Some(person) => listener.person.as_deref() == Some(person),
            None => schema::room_of(audience).is_none_or(|room| !room.starts_with('~')),
        }
    }
}
