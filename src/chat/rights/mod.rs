//! Who may do what. [`may`] decides it, for the page, for `curl` and for a WebSocket alike; the table in
//! `docs/rights.md` is made from it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::schema::{Place, Posting, Role, RoomDocument, RoomKind};

/// Those from a role on upwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Circle {
    /// Everybody, also who has given no name.
    Anyone,
    /// Everybody who has given a name.
    Guests,
    /// Everybody who has an account.
    Members,
    /// Moderators and owners.
    Moderators,
    /// Nobody.
    Nobody,
}

impl Circle {
    /// Whether somebody with this role is among them.
    pub fn admits(self, role: Role) -> bool {
        match self {
            Circle::Anyone => true,
            Circle::Guests => role >= Role::Guest,
            Circle::Members => role >= Role::Member,
            Circle::Moderators => role >= Role::Moderator,
            Circle::Nobody => false,
        }
    }
}

/// How somebody becomes a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arrival {
    /// By giving a name.
    Anyone,
    /// By a link only.
    Invited,
}

/// What the operator has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Who hears what is said in public rooms.
    pub hear: Circle,
    /// Who speaks in public rooms.
    pub speak: Circle,
    /// Who makes public rooms.
    pub create: Circle,
    /// How somebody becomes a guest.
    pub arrive: Arrival,
    /// For how long people can change what they have said; for ever if it is not set.
    pub edit_window: Option<Duration>,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            hear: Circle::Anyone,
            speak: Circle::Anyone,
            create: Circle::Anyone,
            arrive: Arrival::Anyone,
            edit_window: None,
        }
    }
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    /// Hear what is said in a room, and read what was said.
    Hear,
    /// Say something in it, and sign that they are about to.
    Say,
    /// React to a message.
    React,
    /// Change what they said themselves.
    Edit,
    /// Delete what they said themselves.
    Delete,
    /// Delete what somebody else said.
    DeleteOthers,
    /// Come into a room by themselves.
    Join,
    /// Go out of it.
    Leave,
    /// Bring somebody else into it.
    Add,
    /// Take somebody else out of it.
    Remove,
    /// Keep somebody out of it, or let them in again.
    Ban,
    /// Change its name, topic and settings, who keeps it, and whether it is only to be read.
    Settle,
    /// Make a public room.
    MakePublic,
    /// Make a private or direct room.
    MakePrivate,
    /// Become a guest by giving a name.
    Arrive,
    /// Have an account by choosing a login.
    OpenAccount,
    /// See who is on this server.
    SeePeople,
    /// Make a link that gives the role of the case's `over`, and see and revoke such links.
    Invite,
    /// Make a link by which that person can sign in.
    HelpIn,
    /// Give that person another role.
    Promote,
    /// Delete the account of that person.
    Expel,
    /// Make a bot, and a new token for it.
    MakeBot,
}

impl Deed {
    /// All of them, in the order of the documentation.
    pub const ALL: [Deed; 22] = [
        Deed::Hear,
        Deed::Say,
        Deed::React,
        Deed::Edit,
        Deed::Delete,
        Deed::DeleteOthers,
        Deed::Join,
        Deed::Leave,
        Deed::Add,
        Deed::Remove,
        Deed::Ban,
        Deed::Settle,
        Deed::MakePublic,
        Deed::MakePrivate,
        Deed::Arrive,
        Deed::OpenAccount,
        Deed::SeePeople,
        Deed::Invite,
        Deed::HelpIn,
        Deed::Promote,
        Deed::Expel,
        Deed::MakeBot,
    ];

    /// As it is written in a room's `may`.
    pub fn word(self) -> &'static str {
        match self {
            Deed::Hear => "hear",
            Deed::Say => "say",
            Deed::React => "react",
            Deed::Edit => "edit",
            Deed::Delete => "delete",
            Deed::DeleteOthers => "delete_others",
            Deed::Join => "join",
            Deed::Leave => "leave",
            Deed::Add => "add",
            Deed::Remove => "remove",
            Deed::Ban => "ban",
            Deed::Settle => "settle",
            Deed::MakePublic => "make_public",
            Deed::MakePrivate => "make_private",
            Deed::Arrive => "arrive",
            Deed::OpenAccount => "open_account",
            Deed::SeePeople => "see_people",
            Deed::Invite => "invite",
            Deed::HelpIn => "help_in",
            Deed::Promote => "promote",
            Deed::Expel => "expel",
            Deed::MakeBot => "make_bot",
        }
    }
}

/// Who wants to do it, where, and to whom.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// What they are on this server.
    pub role: Role,
    /// The room that it is about, with their place in it.
    pub room: Option<(&'a RoomDocument, Option<Place>)>,
    /// What the person is on this server to whom it is done; or the role that a link gives.
    pub over: Role,
    /// What that person is to the room.
    pub over_place: Option<Place>,
}

impl<'a> Case<'a> {
    /// Something that concerns no room and nobody else.
    pub fn of(role: Role) -> Self {
        Case { role, room: None, over: Role::Stranger, over_place: None }
    }

    /// Something in a room.
    pub fn in_room(role: Role, room: &'a RoomDocument, place: Option<Place>) -> Self {
        Case { room: Some((room, place)), ..Case::of(role) }
    }

    /// The same, done to somebody with this role.
    #[must_use]
    pub fn over(self, over: Role, place: Option<Place>) -> Self {
        Case { over, over_place: place, ..self }
    }
}

/// Why somebody may not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The room is not for them, and they must not learn that there is one.
    #[error("there is no such room")]
    NoSuchRoom,
    /// It takes a name, and they have not given one.
    #[error("this takes a name")]
    NotSignedIn,
    /// They are banned from the room.
    #[error("you are banned from this room")]
    Banned,
    /// The room is only to be read.
    #[error("this room is only to be read")]
    Archived,
    /// It takes to be in the room.
    #[error("only those who are in this room may do this")]
    NotInRoom,
    /// It takes a higher role.
    #[error("your role does not allow this")]
    Role,
    /// It cannot be done in a room of this kind.
    #[error("this cannot be done in a room of this kind")]
    Kind,
    /// It cannot be done to somebody of that role.
    #[error("this cannot be done to somebody of that role")]
    TheirRole,
}

/// Whether they may. Everything that is refused to somebody is refused here.
pub fn may(policy: &Policy, case: Case<'_>, deed: Deed) -> Result<(), Reason> {
    match case.room {
        Some((room, place)) => may_in_room(policy, case, room, place, deed),
        None => may_here(policy, case, deed),
    }
}

fn allow(is_allowed: bool, otherwise: Reason) -> Result<(), Reason> {
    is_allowed.then_some(()).ok_or(otherwise)
}

/// Refuses those who lack a name otherwise than those who lack a role.
fn admit(circle: Circle, role: Role) -> Result<(), Reason> {
    let lacks = if role == Role::Stranger { Reason::NotSignedIn } else { Reason::Role };
    allow(circle.admits(role), lacks)
}

fn may_in_room(
    policy: &Policy,
    case: Case<'_>,
    room: &RoomDocument,
    place: Option<Place>,
    deed: Deed,
) -> Result<(), Reason> {
    let is_inside = matches!(place, Some(Place::Member | Place::Keeper));
    let is_public = room.kind == RoomKind::Public;
    let keeps = match room.kind {
        RoomKind::Public => place == Some(Place::Keeper) || case.role >= Role::Moderator,
        RoomKind::Private => place == Some(Place::Keeper) || (is_inside && case.role >= Role::Moderator),
        RoomKind::Direct => false,
    };
    // What is hidden from somebody is not refused to them: it is not there.
    allow(is_public || is_inside, Reason::NoSuchRoom)?;
    if is_public {
        admit(policy.hear, case.role)?;
    }
    if deed == Deed::Hear {
        return allow(place != Some(Place::Banned) || policy.hear == Circle::Anyone, Reason::Banned);
    }
    allow(place != Some(Place::Banned), Reason::Banned)?;
    let acts = || {
        allow(!room.archived, Reason::Archived)?;
        if is_public { admit(policy.speak, case.role) } else { Ok(()) }
    };
    let is_known = || admit(Circle::Guests, case.role);
    let is_not_direct = || allow(room.kind != RoomKind::Direct, Reason::Kind);
    match deed {
        Deed::Say => {
            acts()?;
            match room.post {
                Posting::Everyone => Ok(()),
                Posting::Members => allow(keeps || (is_inside && case.role >= Role::Member), Reason::Role),
                Posting::Moderators => allow(keeps, Reason::Role),
            }
        }
        Deed::React | Deed::Edit => is_known().and_then(|()| acts()),
        Deed::Delete => is_known(),
        Deed::DeleteOthers => {
            is_known()?;
            is_not_direct()?;
            allow(keeps, Reason::Role)
        }
        Deed::Join => {
            is_known()?;
            allow(is_public || is_inside, Reason::Kind)
        }
        Deed::Leave => {
            is_not_direct()?;
            allow(is_inside, Reason::NotInRoom)
        }
        Deed::Add => {
            is_known()?;
            is_not_direct()?;
            allow(!room.archived, Reason::Archived)?;
            allow(is_inside || keeps, Reason::NotInRoom)?;
            // Who is banned is let in again by those who keep the room only.
            allow(keeps || case.over_place != Some(Place::Banned), Reason::Role)
        }
        Deed::Remove | Deed::Ban => {
            is_known()?;
            is_not_direct()?;
            allow(keeps, Reason::Role)?;
            let is_over = case.role > case.over || case.over < Role::Moderator;
            let is_peer = case.over_place == Some(Place::Keeper) && case.role < Role::Moderator;
            allow(is_over && !is_peer, Reason::TheirRole)
        }
        Deed::Settle => {
            is_known()?;
            is_not_direct()?;
            allow(keeps, Reason::Role)
        }
        _ => may_here(policy, case, deed),
    }
}

/// What concerns no room.
fn may_here(policy: &Policy, case: Case<'_>, deed: Deed) -> Result<(), Reason> {
    let role = case.role;
    match deed {
        Deed::MakePublic => admit(policy.create, role),
        Deed::MakePrivate => admit(Circle::Guests, role),
        Deed::Arrive => allow(policy.arrive == Arrival::Anyone, Reason::NotSignedIn),
        Deed::OpenAccount => {
            admit(Circle::Guests, role)?;
            allow(policy.arrive == Arrival::Anyone || role >= Role::Member, Reason::Role)
        }
        Deed::SeePeople => admit(Circle::Guests, role),
        Deed::Invite => {
            admit(Circle::Moderators, role)?;
            allow(case.over < role || role == Role::Owner, Reason::TheirRole)
        }
        Deed::HelpIn | Deed::Expel => {
            admit(Circle::Moderators, role)?;
            allow(case.over < role, Reason::TheirRole)
        }
        Deed::Promote => {
            admit(Circle::Moderators, role)?;
            allow(role == Role::Owner, Reason::Role)
        }
        Deed::MakeBot => admit(Circle::Moderators, role),
        // The others are about a room.
        _ => Err(Reason::NoSuchRoom),
    }
}

#[cfg(test)]
mod tests;
