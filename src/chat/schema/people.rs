//! Documents about people, their devices, and the links that bring them in.

use serde::{Deserialize, Serialize};

use super::is_default;
use crate::engine::Millis;

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PersonDocument {
    /// The name by which they go.
    pub name: String,
    /// When they came.
    pub at: Millis,
    /// What they are on this server.
    #[serde(default, skip_serializing_if = "is_default")]
    pub role: Role,
    /// One emoji that stands for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face: Option<String>,
    /// Whether it is a program.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bot: bool,
    /// Whether they have deleted their account. What they said stays without their name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gone: bool,
    /// By which they sign in, if they have an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
}

/// That somebody is found by their name, or by what follows from one of its words on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CalledDocument {}

/// What a person is on this server. Each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// They have not given a name.
    Stranger,
    /// They have given a name.
    #[default]
    Guest,
    /// They have an account.
    Member,
    /// They keep order.
    Moderator,
    /// It is theirs.
    Owner,
}

/// An account: by what somebody signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginDocument {
    /// The person's id.
    pub person: String,
    /// The password's hash as a PHC string; none for somebody who signs in by links only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// A device on which a person is known, or the token of a bot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionDocument {
    /// Since when.
    pub at: Millis,
    /// When it was last seen, to the hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Millis>,
    /// What it is, as far as it says, such as "Firefox on Android".
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub device: String,
    /// Whether it is the token of a bot, which does not end by itself.
    #[serde(default, skip_serializing_if = "is_default")]
    pub token: bool,
}

/// What redeeming a link gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkDocument {
    /// What it gives.
    pub gives: Gift,
    /// How often it can still be redeemed.
    pub uses: u32,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When it was made.
    pub at: Millis,
    /// When it ends.
    pub expires: Millis,
}

/// What a link gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gift {
    /// A place on this server with a role, and in a room if it says so.
    Place {
        /// The role.
        role: Role,
        /// The room's id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<String>,
    },
    /// A device more for somebody who is here already.
    SignIn {
        /// The person's id.
        person: String,
    },
}

/// That a link is among those of somebody. It ends when the link does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListedDocument {}

/// That somebody is gone for good, and not all is done yet that follows from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeavingDocument {
    /// Since when.
    pub at: Millis,
}

/// Who owns this server: those with the role, in one document, so that two who step down at once are not both
/// the last but one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OwnersDocument {
    /// The ids of people.
    pub people: Vec<String>,
}

/// That a link which the server had signed, and not stored, was redeemed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedDocument {
    /// When.
    pub at: Millis,
}
