//! What the operator has settled.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::chat::schema::Role;

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
