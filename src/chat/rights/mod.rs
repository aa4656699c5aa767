//! Who may do what. [`may`] decides it, for the page, for `curl` and for a WebSocket alike; the table in
//! `docs/rights.md` is made from it.

mod case;
mod deed;
mod policy;

#[cfg(test)]
mod tests;

use super::schema::{Place, Posting, Role, RoomDocument, RoomKind};
pub use case::{Case, What, Who};
pub use deed::Deed;
pub use policy::{Arrival, Circle, Policy};

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
    /// A program cannot do it, and it cannot be done to one.
    #[error("this is not for programs")]
    Bot,
    /// It takes an account.
    #[error("this takes an account")]
    NoAccount,
    /// Who has an account does not become a guest.
    #[error("somebody with an account does not become a guest")]
    TheirAccount,
    /// What somebody else said is not theirs to change.
    #[error("only who said it may change it")]
    NotOwn,
    /// The time in which it could be done is over.
    #[error("it is too late to change this message")]
    TooLate,
}

/// Whether they may. Whatever is refused to somebody because of who they are, and of what the room or the message
/// is to them, is refused here.
pub fn may(policy: &Policy, case: Case<'_>, deed: Deed) -> Result<(), Reason> {
    match case.room {
        Some((room, place)) => may_in_room(policy, case, room, place, deed),
        None => may_here(policy, case, deed),
    }
}

/// Whether they may because of their role on this server: were they guests, they might not.
pub fn rests_on_own_role(policy: &Policy, case: Case<'_>, deed: Deed) -> bool {
    case.who.role > Role::Guest && may(policy, case.by(Role::Guest), deed).is_err()
}

/// Whether they may because of the other's role: were that an owner, they might not.
pub fn rests_on_their_role(policy: &Policy, case: Case<'_>, deed: Deed) -> bool {
    case.whom.is_some_and(|whom| {
        let owner = Who { role: Role::Owner, ..whom };
        may(policy, case.over(owner), deed).is_err()
    })
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
    let role = case.who.role;
    let is_inside = matches!(place, Some(Place::Member | Place::Keeper));
    let is_public = room.kind == RoomKind::Public;
    let keeps = match room.kind {
        RoomKind::Public => place == Some(Place::Keeper) || role >= Role::Moderator,
        RoomKind::Private => place == Some(Place::Keeper) || (is_inside && role >= Role::Moderator),
        RoomKind::Direct => false,
    };
    // What is hidden from somebody is not refused to them: it is not there.
    allow(is_public || is_inside, Reason::NoSuchRoom)?;
    if is_public {
        admit(policy.hear, role)?;
    }
    if deed == Deed::Hear {
        return allow(place != Some(Place::Banned) || policy.hear == Circle::Anyone, Reason::Banned);
    }
    allow(place != Some(Place::Banned), Reason::Banned)?;
    let acts = || {
        allow(!room.archived, Reason::Archived)?;
        if is_public { admit(policy.speak, role) } else { Ok(()) }
    };
    let is_not_direct = || allow(room.kind != RoomKind::Direct, Reason::Kind);
    if deed == Deed::Say {
        acts()?;
        if room.slow > 0 {
            // Who waits between two messages is somebody.
            admit(Circle::Guests, role)?;
        }
        return match room.post {
            Posting::Everyone => Ok(()),
            Posting::Members => allow(keeps || (is_inside && role >= Role::Member), Reason::Role),
            Posting::Moderators => allow(keeps, Reason::Role),
        };
    }
    if Deed::IN_ROOM.contains(&deed) {
        admit(Circle::Guests, role)?;
    }
    match deed {
        Deed::React => acts(),
        Deed::Edit => {
            acts()?;
            // Whoever keeps order deletes; nobody puts words into another's mouth.
            allow(case.what.own, Reason::NotOwn)?;
            let window = policy.edit_window.map(|window| window.as_millis());
            let age = u128::try_from(case.what.age).unwrap_or(0);
            allow(window.is_none_or(|window| age <= window), Reason::TooLate)
        }
        Deed::Delete | Deed::SeeInside => Ok(()),
        Deed::DeleteOthers | Deed::Settle => {
            is_not_direct()?;
            allow(keeps, Reason::Role)
        }
        Deed::Mark => allow(is_inside, Reason::NotInRoom),
        Deed::Join => allow(is_public || is_inside, Reason::Kind),
        Deed::Leave => {
            is_not_direct()?;
            allow(is_inside, Reason::NotInRoom)
        }
        Deed::Add => {
            is_not_direct()?;
            allow(!room.archived, Reason::Archived)?;
            allow(is_inside || keeps, Reason::NotInRoom)?;
            // Who is banned is let in again by those who keep the room only.
            allow(keeps || case.their_place != Some(Place::Banned), Reason::Role)
        }
        Deed::Remove | Deed::Ban => {
            is_not_direct()?;
            allow(keeps, Reason::Role)?;
            let is_over = role > case.their_role() || case.their_role() < Role::Moderator;
            let is_peer = case.their_place == Some(Place::Keeper) && role < Role::Moderator;
            allow(is_over && !is_peer, Reason::TheirRole)
        }
        _ => may_here(policy, case, deed),
    }
}

/// What concerns no room.
fn may_here(policy: &Policy, case: Case<'_>, deed: Deed) -> Result<(), Reason> {
    let Who { role, bot, account } = case.who;
    let is_person = || allow(!bot, Reason::Bot);
    let they_are_a_person = || allow(case.whom.is_none_or(|whom| !whom.bot), Reason::Bot);
    match deed {
        Deed::MakePublic => admit(policy.create, role),
        Deed::Found => {
            admit(Circle::Guests, role)?;
            admit(policy.create, role)
        }
        Deed::MakePrivate | Deed::SeePeople => admit(Circle::Guests, role),
        Deed::Arrive => allow(policy.arrive == Arrival::Anyone, Reason::NotSignedIn),
        Deed::OpenAccount => {
            admit(Circle::Guests, role)?;
            is_person()?;
            allow(policy.arrive == Arrival::Anyone || role >= Role::Member, Reason::Role)
        }
        Deed::ChangePassword => {
            admit(Circle::Guests, role)?;
            allow(account, Reason::NoAccount)
        }
        Deed::LinkDevice => {
            admit(Circle::Guests, role)?;
            is_person()
        }
        Deed::Redeem => is_person(),
        Deed::Revoke if case.what.own => admit(Circle::Guests, role),
        Deed::Invite | Deed::Revoke => {
            admit(Circle::Moderators, role)?;
            allow(case.gives < role || role == Role::Owner, Reason::TheirRole)
        }
        Deed::HelpIn => {
            admit(Circle::Moderators, role)?;
            they_are_a_person()?;
            allow(case.their_role() < role, Reason::TheirRole)
        }
        Deed::Expel => {
            admit(Circle::Moderators, role)?;
            allow(case.their_role() < role, Reason::TheirRole)
        }
        Deed::Promote => {
            admit(Circle::Moderators, role)?;
            allow(role == Role::Owner, Reason::Role)?;
            match case.gives {
                Role::Stranger => Err(Reason::TheirRole),
                Role::Guest => {
                    they_are_a_person()?;
                    allow(case.whom.is_none_or(|whom| !whom.account), Reason::TheirAccount)
                }
                Role::Member | Role::Moderator => Ok(()),
                Role::Owner => they_are_a_person(),
            }
        }
        Deed::MakeBot => admit(Circle::Moderators, role),
        Deed::RenewBot => {
            admit(Circle::Moderators, role)?;
            // A moderator must not be able to speak for a bot that may do more than they.
            allow(case.their_role() <= role, Reason::TheirRole)
        }
        // The others are about a room.
        _ => Err(Reason::NoSuchRoom),
    }
}
