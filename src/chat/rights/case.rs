//! What rights are asked about: who wants to do something, where, to whom and to what.

use crate::chat::Person;
use crate::chat::schema::{PersonDocument, Place, Role, RoomDocument};
use crate::engine::Millis;

/// Who wants to do it, where, and to whom.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// Who wants to do it.
    pub who: Who,
    /// The room that it is about, with their place in it.
    pub room: Option<(&'a RoomDocument, Option<Place>)>,
    /// To whom it is done, if to anybody.
    pub whom: Option<Who>,
    /// What that person is to the room.
    pub their_place: Option<Place>,
    /// The role that it gives.
    pub gives: Role,
    /// The message or the link that it is done to.
    pub what: What,
}

/// What somebody is on this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Who {
    /// Their role.
    pub role: Role,
    /// Whether they are a program.
    pub bot: bool,
    /// Whether they sign in by a login.
    pub account: bool,
}

/// The message or the link that something is done to.
#[derive(Debug, Clone, Copy)]
pub struct What {
    /// Whether it is their own.
    pub own: bool,
    /// How old it is, in milliseconds.
    pub age: Millis,
}

impl Who {
    /// Somebody with a role.
    pub fn of(role: Role) -> Self {
        Who { role, bot: false, account: false }
    }
}

impl From<&Person> for Who {
    fn from(person: &Person) -> Self {
        Who { role: person.role, bot: person.bot, account: person.account }
    }
}

impl From<&PersonDocument> for Who {
    fn from(person: &PersonDocument) -> Self {
        Who { role: person.role, bot: person.bot, account: person.login.is_some() }
    }
}

impl<'a> Case<'a> {
    /// Something that concerns no room and nobody else, done to what is their own if to anything.
    pub fn of(who: impl Into<Who>) -> Self {
        let (who, what) = (who.into(), What { own: true, age: 0 });
        Case { who, room: None, whom: None, their_place: None, gives: Role::Stranger, what }
    }

    /// Something in a room.
    pub fn in_room(who: impl Into<Who>, room: &'a RoomDocument, place: Option<Place>) -> Self {
        Case { room: Some((room, place)), ..Case::of(who) }
    }

    /// The same, done to somebody.
    #[must_use]
    pub fn over(self, whom: impl Into<Who>) -> Self {
        Case { whom: Some(whom.into()), ..self }
    }

    /// The same, done to somebody who has this place in the room.
    #[must_use]
    pub fn over_place(self, their_place: Option<Place>) -> Self {
        Case { their_place, ..self }
    }

    /// The same, by which somebody is given a role.
    #[must_use]
    pub fn giving(self, gives: Role) -> Self {
        Case { gives, ..self }
    }

    /// The same, done to this.
    #[must_use]
    pub fn about(self, what: What) -> Self {
        Case { what, ..self }
    }

    /// The role of the person to whom it is done.
    pub(super) fn their_role(&self) -> Role {
        self.whom.map_or(Role::Stranger, |whom| whom.role)
    }

    /// The same, by somebody with another role.
    pub(super) fn by(self, role: Role) -> Self {
        Case { who: Who { role, ..self.who }, ..self }
    }
}

impl From<Role> for Who {
    fn from(role: Role) -> Self {
        Who::of(role)
    }
}
