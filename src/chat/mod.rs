//! What people do: rooms, messages and those who write them, as documents and the rules for them.
//!
//! Everything here is written once on top of the engine: read, decide, commit with checks, and begin
//! again when somebody else was quicker. `schema` lists every key and its document; the other files
//! are a noun or a verb each.

mod change;
mod commits;
mod delete;
mod draft;
mod edit;
mod emoji;
mod eyes;
mod hearing;
mod history;
mod levels;
mod listeners;
mod mention;
mod message;
mod message_events;
mod my_rooms;
mod once;
mod past;
mod payload;
mod people;
mod presence;
mod quote;
mod react;
mod reading;
mod recent;
mod render;
mod replies;
mod retention;
mod rights;
mod room_name;
mod rooms;
mod say;
pub mod schema;
mod signal;
mod turns;
mod typing;
mod unread;
mod visible;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

pub use draft::{BadDraft, Draft};
pub use history::{Page, Window};
pub use listeners::Listening;
pub use message::time;
pub use my_rooms::MyRooms;
pub use payload::State;
pub use people::{
    Credentials, Link, Look, NewLink, OwnerKey, Person, PersonChange, PersonFacts, PersonId, PersonObject,
    Profile, RedeemWish, Redeemed, Session, SessionToken,
};
pub use replies::Replies;
pub use retention::{Retention, Swept};
pub use rights::{Arrival, Case, Circle, Deed, Policy, Reason, What, Who, may};
pub use room_name::{BadRoomName, RoomName};
pub use rooms::{
    Change, Directory, Inside, MemberFacts, MyPlace, NewRoom, Room, RoomObject, Settings, Visit,
};
pub use say::{Said, Speaker};

use tokio::sync::watch;

use crate::engine::{Clock, Engine, EngineError, Number};
use listeners::Listeners;
use people::{Accounts, People, author};
use presence::States;
use retention::Counted;
use rooms::Known;
use turns::Turns;
use typing::Typing;

/// The rules of the chat, over an engine.
pub struct Chat {
    engine: Arc<dyn Engine>,
    clock: Clock,
    policy: Policy,
    known: Known,
    people: People,
    listeners: Arc<Listeners>,
    accounts: Accounts,
    turns: Turns,
    /// A room is loaded by one at a time.
    loading: Turns,
    /// The log went back: these rooms, and listeners, must be looked up again before anything more is heard.
    stale: std::sync::Mutex<Option<Vec<Arc<str>>>>,
    looking_up: tokio::sync::Mutex<()>,
    /// How many messages rooms have, where only so many are kept.
    counted: std::sync::Mutex<HashMap<String, Counted>>,
    /// Who is typing.
    typing: std::sync::Mutex<Typing>,
    /// Who is away.
    presence: std::sync::Mutex<States>,
    /// Up to where the log has been rendered on this node; none while nobody follows it.
    reached: watch::Sender<Option<Number>>,
}

/// Why something was not done. Nothing was changed, except where it says so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The room does not exist, or not for this person.
    #[error("there is no such room")]
    NoSuchRoom,
    /// What was to be said cannot be said.
    #[error(transparent)]
    BadDraft(#[from] BadDraft),
    /// The key was used before, for something else.
    #[error("this key was used for another message")]
    KeyReused,
    /// The key was used before, for a message that has been deleted since.
    #[error("the message that was sent with this key has been deleted")]
    KeyOfDeleted,
    /// The message that is answered is not in the room.
    #[error("the message that this answers is not in this room")]
    NoSuchReply,
    /// They may not, and why.
    #[error(transparent)]
    NotAllowed(Reason),
    /// It takes to be known here, and they are not, or not any more.
    #[error("this takes a name, or to sign in again")]
    NotSignedIn,
    /// They are banned from the room.
    #[error("you are banned from this room")]
    Banned,
    /// The room is only to be read.
    #[error("this room is only to be read")]
    Archived,
    /// A name that a room cannot have.
    #[error(transparent)]
    BadRoomName(BadRoomName),
    /// A setting that has a value which it cannot have.
    #[error("a setting cannot be so: {0:?}")]
    BadSetting(Setting),
    /// The name leads to another room.
    #[error("another room has this name")]
    NameTaken,
    /// There is nobody of that id.
    #[error("there is no such person")]
    NoSuchPerson,
    /// More people than the room can have.
    #[error("too many people for this room")]
    TooManyPeople,
    /// They are in as many rooms as anybody can be.
    #[error("too many rooms")]
    TooManyRooms,
    /// Somebody else is in as many rooms as others can bring them into.
    #[error("they are in too many rooms")]
    TheirRooms,
    /// They have made as many links as anybody can have.
    #[error("too many links")]
    TooManyLinks,
    /// They have just spoken, and the room is in slow mode.
    #[error("this room is in slow mode: wait {seconds} s")]
    SlowMode {
        /// How long to wait.
        seconds: u64,
    },
    /// There is no such message, or not any more.
    #[error("there is no such message")]
    NoSuchMessage,
    /// The message has been deleted.
    #[error("the message has been deleted")]
    MessageGone,
    /// Messages can be changed for some time only, and it is over.
    #[error("it is too late to change this message")]
    EditTooLate,
    /// Something that is not one emoji.
    #[error("this is not one emoji")]
    BadEmoji,
    /// A message has as many reactions as it can have.
    #[error("this message has as many reactions as it can have")]
    TooManyReactions,
    /// A link that gives nothing, for whatever reason.
    #[error("this link is not valid, or not any more")]
    BadLink,
    /// No such login, or another password.
    #[error("the login or the password is wrong")]
    WrongPassword,
    /// Too many attempts to sign in.
    #[error("too many attempts: wait {seconds} s")]
    TooManyAttempts {
        /// How long to wait.
        seconds: u64,
    },
    /// A login that cannot be.
    #[error("a login has 3 to 64 letters, digits and - _ . @")]
    BadLogin,
    /// Somebody else signs in by this login.
    #[error("this login is taken")]
    LoginTaken,
    /// A password that is too easy to guess, or too long.
    #[error("a password has 8 to 1024 bytes and is not the login")]
    WeakPassword,
    /// A server has an owner.
    #[error("the last owner cannot step down")]
    LastOwner,
    /// Too many changed the same thing at the same time.
    #[error("too many people are changing this at once")]
    Busy,
    /// Too many ask for something that takes long.
    #[error("the server has too much to do just now")]
    Overloaded,
    /// A name that a person cannot have.
    #[error("a name has 1 to 40 characters, and some that can be seen")]
    BadPersonName,
    /// The store failed; with `Unknown` the change may have been made.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// What of a room or a link can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// The title of a private room.
    Title,
    /// The topic of a room.
    Topic,
    /// The time between two messages in slow mode.
    Slow,
    /// The role that a link gives.
    Role,
    /// How often a link can be redeemed.
    Uses,
    /// How long a link lasts.
    Hours,
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::NoSuchRoom => Refusal::NoSuchRoom,
            Reason::NotSignedIn => Refusal::NotSignedIn,
            Reason::Banned => Refusal::Banned,
            Reason::Archived => Refusal::Archived,
            Reason::TooLate => Refusal::EditTooLate,
            Reason::NotInRoom
            | Reason::Role
            | Reason::Kind
            | Reason::TheirRole
            | Reason::Bot
            | Reason::NoAccount
            | Reason::TheirAccount
            | Reason::NotOwn => Refusal::NotAllowed(reason),
        }
    }
}

impl Chat {
    /// The rules over this engine, as the operator has settled them.
    pub fn new(engine: Arc<dyn Engine>, clock: Clock, policy: Policy) -> Self {
        Chat {
            engine,
            clock,
            policy,
            known: Known::new(policy.hear == Circle::Anyone),
            people: People::default(),
            listeners: Arc::default(),
            accounts: Accounts::default(),
            turns: Turns::default(),
            loading: Turns::default(),
            stale: std::sync::Mutex::default(),
            looking_up: tokio::sync::Mutex::default(),
            counted: std::sync::Mutex::default(),
            typing: std::sync::Mutex::default(),
            presence: std::sync::Mutex::default(),
            reached: watch::Sender::new(None),
        }
    }

    /// The same, with a key by which whoever runs the server can make an owner.
    #[must_use]
    pub fn with_owner_key(self, key: OwnerKey) -> Self {
        Chat { accounts: Accounts::with(key), ..self }
    }

    /// What the operator has settled.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The engine under the chat.
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    /// The clock that the chat goes by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    fn stale(&self) -> std::sync::MutexGuard<'_, Option<Vec<Arc<str>>>> {
        self.stale.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
