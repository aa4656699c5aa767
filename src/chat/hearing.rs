//! Who hears what, asked each time something is sent, of what this node remembers: it must not wait.

use super::Chat;
use super::rights::{Case, Deed, may};
use super::schema::{self, Role};
use crate::engine::{Audience, Number};
use crate::hub::{Listener, Rights};

impl Chat {
    fn may_hear_room(&self, listener: &Listener, room: &str, number: Number) -> bool {
        if !self.known.is_asked_of(room) {
            return true;
        }
        // What is said in a room is made into an event only once the room is remembered.
        let Some(room) = self.known.room(room) else { return false };
        let person = listener.person.as_deref();
        // In hidden rooms it is a place that counts, and not a role.
        let role_of = |person: &str| match schema::is_hidden(&room.id) {
            true => Role::Guest,
            false => self.listeners.role(person),
        };
        let role = person.map_or(Role::Stranger, role_of);
        let member = person.and_then(|person| room.member(person));
        let document = room.document();
        let case = Case::in_room(role, &document, member.as_ref().map(|member| member.place));
        let after = match &member {
            Some(member) if schema::is_hidden(&room.id) => member.after,
            _ => Number(0),
        };
        number > after && may(self.policy(), case, Deed::Hear).is_ok()
    }
}

impl Rights for Chat {
    fn may_hear(&self, listener: &Listener, audience: &Audience, number: Number) -> bool {
        match (schema::person_of(audience), schema::room_of(audience)) {
            (Some(person), _) => listener.person.as_deref() == Some(person),
            (None, Some(room)) => self.may_hear_room(listener, room, number),
            (None, None) => false,
        }
    }

    fn is_open(&self, audience: &Audience) -> bool {
        schema::person_of(audience).is_none()
            && schema::room_of(audience).is_some_and(|room| !self.known.is_asked_of(room))
    }
}
