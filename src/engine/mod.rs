//! What is remembered: an ordered key-value store whose commits are atomic, conditional and numbered.
//!
//! Everything that outlives a process goes through [`Engine`]. It knows nothing of rooms or messages:
//! documents are JSON under keys, and a commit may add one *entry* to the log, which takes the next
//! number. SQLite (one machine), Redis (many) and memory (tests, and the model the others are checked
//! against) implement it; another engine is one more folder.

mod answers;
mod clock;
mod commit;
#[cfg(test)]
mod conformance;
mod epoch;
mod follow;
mod key;
mod log;
mod memory;
pub mod moving;
mod redis;
mod sqlite;

pub use self::redis::{
    Address, BadPlace, Promise, Redis, RedisAtRest, RedisOpenError, RedisOptions, RedisPlace, Secret, Servers,
};
pub use clock::{Clock, Millis};
pub use commit::{Check, Commit, NewEntry, NumberedKey, Outcome, Put, Token, to_json};
pub use epoch::{Epoch, Epochs, Standing, begin_epoch, fresh_epoch_id};
pub(crate) use epoch::{any_number, random_bytes};
pub use key::{Key, KeyRange};
pub use log::{Audience, Entry, Hearing, LogPage, Tidings};
pub use memory::Memory;
pub use sqlite::{OpenError, Sqlite, SqliteAtRest, SqliteOptions, Synchronous};

pub use crate::wire::{EpochId, Id, Number};

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

/// The version of one key: opaque, and never used twice for the same key, even across a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(pub u64);

/// A stored JSON document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Changes with every put of this key.
    pub version: Version,
    /// The number of the entry that was committed together with the last put, if there was one.
    pub number: Option<Number>,
    /// JSON in UTF-8.
    pub json: Bytes,
}

/// In which order a scan walks its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the first key upwards.
    Forward,
    /// From the last key downwards.
    Backward,
}

/// Why the engine could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// Nothing was changed; the same may succeed later.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// A commit may or may not have been applied. Repeating it with the same token tells.
    #[error("the outcome of a commit is not known: {0}")]
    Unknown(String),
}

/// How long an engine remembers at least what it answered to a token, in milliseconds.
pub const TOKENS_LAST: Millis = 15_000;

/// What an engine says of itself, for readiness checks and metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Bytes in the write-ahead log, where there is one.
    pub wal_bytes: Option<u64>,
    /// Commits of which the store may still have copies of what they erased, where that takes time.
    pub unscrubbed: Option<u64>,
    /// Commits since the process started.
    pub commits: u64,
    /// Group commits (transactions) since the process started; `commits / batches` is the batch size.
    pub batches: u64,
}

/// All that is remembered.
///
/// Reads see every commit that was acknowledged before they began. All methods may be called from
/// any task; none keeps other tasks from going on.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// Applies a commit atomically, or not at all when one of its checks does not hold.
    ///
    /// The answer comes when the commit is as durable as the engine promises. A token seen
    /// within [`TOKENS_LAST`] gets the answer it got then, and nothing is applied again. (An engine may keep
    /// fewer under a flood of commits, but never less than the last hundred thousand.)
    async fn commit(&self, commit: Arc<Commit>) -> Result<Outcome, EngineError>;

    /// What was read before this was asked is as durable when it answers as the engine promises of commits.
    ///
    /// A commit may be seen before it is answered; whoever acknowledges what somebody else has written must
    /// ask this first. `Unknown` if it cannot be promised just now.
    async fn confirm(&self) -> Result<(), EngineError> {
        Ok(())
    }

    /// The documents under these keys, in the same order; `None` where there is none or it expired.
    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, EngineError>;

    /// At most `limit` documents whose keys lie in the range.
    async fn scan(
        &self,
        range: KeyRange,
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<(Key, Document)>, EngineError>;

    /// At most `limit` entries after a number that these audiences may hear, in order, each once.
    async fn log(&self, hearing: &Hearing, after: Number, limit: usize) -> Result<LogPage, EngineError>;

    /// All entries after an id as they come, in order, without a hole that hides one.
    ///
    /// A follower that comes so late that entries it has not seen are trimmed is told so, and so is one
    /// that follows when the log goes back, or comes with an id of before it went back.
    /// Ends only when the engine is closed. An error item means that the log cannot be read just
    /// now; the stream goes on by itself.
    fn follow(&self, after: Id) -> BoxStream<'static, Result<Tidings, EngineError>>;

    /// The epochs, and the number of the last entry.
    async fn epochs(&self) -> Result<Epochs, EngineError>;

    /// The last number whose entry was written before this time (the number before the first kept
    /// entry, if all that are kept are younger).
    async fn number_before(&self, at: Millis) -> Result<Number, EngineError>;

    /// Forgets the entries up to and including a number; documents stay. Returns how many went.
    async fn trim(&self, upto: Number) -> Result<u64, EngineError>;

    /// Hands a payload to every node, this one too. Neither numbered nor stored; may be lost.
    async fn signal(&self, payload: Bytes) -> Result<(), EngineError>;

    /// The signals of all nodes as they come. A receiver that is too slow loses the oldest.
    fn signals(&self) -> BoxStream<'static, Bytes>;

    /// Proves that the store answers, by asking it.
    async fn health(&self) -> Result<Health, EngineError>;

    /// Finishes what was accepted and lets go of the store. Later calls are `Unavailable`.
    async fn close(&self);
}
