//! What the writer is asked to do, and where its answers go.

use std::path::PathBuf;
use std::sync::Arc;

#[cfg(test)]
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::super::{Commit, EngineError, Number, Outcome};

/// Where an answer goes.
type Answer<T> = oneshot::Sender<Result<T, EngineError>>;

/// A commit, and where its answer goes.
pub(super) type Waiting = (Arc<Commit>, Answer<Outcome>);

/// What the writer is asked to do.
pub(super) enum Job {
    /// Apply a commit.
    Commit(Arc<Commit>, Answer<Outcome>),
    /// Trim a piece of the log; the answer is 0 when nothing is left to trim.
    Trim(Number, Answer<u64>),
    /// Look after what is due: expired documents, old answers, a disk that was full.
    Tick,
    /// Start the write-ahead log anew.
    RestartWal(Restart),
    /// Put zeros into the unused parts of these pages; the answer says whether it could be done.
    Wipe(Vec<u32>, oneshot::Sender<bool>),
    /// Make this file, the write-ahead log, so many bytes long; the answer says whether it could be done.
    Pave(PathBuf, u64, oneshot::Sender<bool>),
    /// Finish what was accepted, and end.
    Close,
    /// Do something to the writer's connection.
    #[cfg(test)]
    Meddle(Box<dyn FnOnce(&Connection) + Send>),
}

/// What becomes of the bytes in a write-ahead log that is started anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Restart {
    /// They are overwritten little by little. Writing over a file is quicker than making it grow.
    Keep,
    /// They leave the disk.
    Erase,
}
