//! What went wrong with Redis, in words for whoever runs the server, and what follows from it.

use redis::{ErrorKind, RedisError};

use super::super::EngineError;

/// What is said of a store with the mark.
pub(super) const UNFINISHED: &str = "a move into this store was not finished; empty it and begin again";

/// Why something did not go well.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    /// In plain words. Never has a password in it.
    pub(super) reason: String,
    /// Whether the connection is of no more use: it broke, or it leads to a server that cannot help.
    pub(super) is_lost: bool,
    /// Whether Redis certainly did nothing.
    pub(super) was_refused: bool,
    /// Whether it may be otherwise in a moment.
    pub(super) may_pass: bool,
    /// Whether the server does not know the script.
    pub(super) is_no_script: bool,
}

impl Trouble {
    /// Nothing was sent.
    pub(super) fn unsent(reason: String) -> Self {
        Trouble { reason, is_lost: false, was_refused: true, may_pass: true, is_no_script: false }
    }

    /// Redis holds an answer that somebody else has written.
    pub(super) fn unreadable() -> Self {
        let reason = "Redis holds an answer to a commit that cannot be read".to_owned();
        Trouble { may_pass: false, ..Trouble::unsent(reason) }
    }

    /// What became of a commit that met this.
    pub(super) fn of_commit(&self) -> EngineError {
        let reason = self.reason.clone();
        if self.was_refused { EngineError::Unavailable(reason) } else { EngineError::Unknown(reason) }
    }
}

impl From<Trouble> for EngineError {
    /// For what changes nothing.
    fn from(trouble: Trouble) -> Self {
        EngineError::Unavailable(trouble.reason)
    }
}

/// Answers of Redis that are given before anything is done, as they begin. A script passes them on, in
/// Redis 6 within a sentence of its own.
const REFUSALS: [(&str, &str); 12] = [
    ("OOM ", "Redis has no memory left (maxmemory)"),
    ("READONLY ", "this Redis is a replica now; the primary is elsewhere"),
    ("MISCONF ", "Redis cannot write to its disk, and so takes nothing"),
    ("NOREPLICAS ", "Redis has fewer replicas than it wants (min-replicas-to-write)"),
    ("LOADING ", "Redis is still loading its data"),
    ("MASTERDOWN ", "Redis has lost its primary"),
    ("BUSY ", "Redis is busy with somebody else's script"),
    ("NOSCRIPT ", "Redis has forgotten our scripts"),
    ("NOAUTH ", "Redis wants a password"),
    ("WRONGPASS ", "Redis does not accept this user and password"),
    ("NOPERM ", "the Redis user may not do what Openline needs"),
    // The one that is ours (`scripts/state.lua`).
    ("UNFINISHED ", UNFINISHED),
];

impl From<RedisError> for Trouble {
    fn from(error: RedisError) -> Self {
        let text = match (error.code(), error.detail()) {
            (Some(code), Some(detail)) => format!("{code} {detail}"),
            _ => error.to_string(),
        };
        let is_server = error.code().is_some() || matches!(error.kind(), ErrorKind::Server(_));
        let refusal = REFUSALS
            .iter()
            .find(|(code, _)| text.starts_with(code) || is_server && text.contains(&format!("-{code}")));
        let is_login = error.kind() == ErrorKind::AuthenticationFailed;
        let reason = match refusal {
            Some((_, plain)) => (*plain).to_owned(),
            None if is_login => "Redis does not accept this user and password".to_owned(),
            None if error.kind() == ErrorKind::Parse => "what answers there is no Redis".to_owned(),
            None if error.is_connection_refusal() => format!("nothing answers there ({error})"),
            None if error.is_timeout() => "Redis does not answer in time".to_owned(),
            None if error.is_io_error() => format!("the connection to Redis broke ({error})"),
            None => format!("Redis answered: {text}"),
        };
        let code = refusal.map_or("", |(code, _)| *code);
        let is_final = is_login || matches!(code, "NOAUTH " | "WRONGPASS " | "NOPERM ");
        Trouble {
            reason,
            is_lost: !is_server || matches!(code, "READONLY " | "MASTERDOWN ") || is_final,
            was_refused: refusal.is_some() || is_login,
            may_pass: !is_final && (refusal.is_some() || error.is_io_error() || error.is_timeout()),
            is_no_script: code == "NOSCRIPT ",
        }
    }
}
