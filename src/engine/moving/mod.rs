//! Moving house: all that one store keeps goes into another, as it is.
//!
//! Keys, documents, numbers, times, audiences and what was trimmed stay; versions are given anew. The target
//! goes on with the epochs of the source and begins one of its own after the last number, so that whoever has
//! missed nothing goes on where they were.

mod tally;
#[cfg(test)]
pub(super) mod tests;
mod walk;

use async_trait::async_trait;
use bytes::Bytes;

use super::{Audience, EngineError, Entry, Epoch, Key, Millis, Number, begin_epoch};
use tally::Tally;
pub use walk::{Limit, Piece};
use walk::{PAGE, Walk};

/// A document as it moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where it is.
    pub key: Key,
    /// JSON in UTF-8.
    pub json: Bytes,
    /// The number of the entry that was committed together with it, if there was one.
    pub number: Option<Number>,
    /// When it ceases to be, or never.
    pub expires: Option<Millis>,
}

/// What a store knows besides its documents and entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// The epochs, oldest first.
    pub epochs: Vec<Epoch>,
    /// The number of the last entry.
    pub head: Number,
    /// The last number of all that was trimmed.
    pub trimmed: Number,
    /// When the last entry was written.
    pub at: Millis,
}

/// How much there is to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// Documents that do not expire before the time that was asked for.
    pub documents: u64,
    /// Entries of the log.
    pub entries: u64,
}

/// A store that nobody serves, read from its first document to its last.
///
/// Pages are in order and hold at most what `limit` says, but at least one item; an empty one is the end.
#[async_trait]
pub trait Source: Send + Sync {
    /// What it knows besides. Of a target whose move is not finished it says nothing of use.
    async fn ledger(&self) -> Result<Ledger, EngineError>;

    /// How much there is; of the documents only those that are still there at this time.
    async fn size(&self, until: Millis) -> Result<Size, EngineError>;

    /// Documents after a key, by the bytes of their keys. What has expired may be among them.
    async fn documents(&self, after: Option<Key>, limit: Limit) -> Result<Vec<Kept>, EngineError>;

    /// Entries after a number.
    async fn entries(&self, after: Number, limit: Limit) -> Result<Vec<Entry>, EngineError>;

    /// The last trimmed number of each audience that has one, after an audience by the bytes of its name.
    async fn trims(
        &self,
        after: Option<Audience>,
        limit: Limit,
    ) -> Result<Vec<(Audience, Number)>, EngineError>;
}

/// A store that is being moved into. From [`begin`](Target::begin) to [`finish`](Target::finish) it can be
/// opened neither as a server nor for another move.
#[async_trait]
pub trait Target: Source {
    /// Marks an empty store as one that is being moved into; any other is refused.
    async fn begin(&self) -> Result<(), MoveError>;

    /// Writes a page. Pages come in order, each once.
    async fn receive(&self, piece: Piece) -> Result<(), EngineError>;

    /// Writes the ledger and takes the mark away, in one atomic step: when this returns, all that was moved is
    /// as durable as the engine promises.
    async fn finish(&self, ledger: Ledger) -> Result<(), EngineError>;
}

/// Why a store was not moved. Until it is, the target cannot be used, and the source is as it was.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// There is something in the target.
    #[error("the target is not empty")]
    NotEmpty,
    /// An earlier move into the target came to no end.
    #[error("a move into this store was not finished; empty it and begin again")]
    Unfinished,
    /// Somebody wrote to the source.
    #[error(
        "the source was written to meanwhile; stop every server that uses it, empty the target and begin again"
    )]
    Changed,
    /// What was read back is not what was written.
    #[error("the target does not have what it was given ({0}); empty it and begin again")]
    Different(String),
    /// The source could not be read.
    #[error("the source: {0}")]
    Source(EngineError),
    /// The target could not be written or read.
    #[error("the target: {0}")]
    Target(EngineError),
}

/// How far a move is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub step: Step,
    /// Documents and entries so far in this step.
    pub done: u64,
    /// About how many there are.
    pub of: u64,
}

/// The two halves of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// From the source into the target.
    Moving,
    /// Reading the target back.
    Comparing,
}

/// What was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// How many documents.
    pub documents: u64,
    /// How many entries of the log.
    pub entries: u64,
    /// The number at which the target goes on.
    pub head: Number,
    /// SHA-256 of everything in its order, in hexadecimal: the same when it was read back.
    pub checksum: String,
}

/// Documents that cease to be so soon are moved, but not compared: they may be gone by then.
const SOON: Millis = 24 * 60 * 60 * 1000;

/// Moves everything from one store into another that is empty, reads it back and compares, and only then
/// makes the target valid. `now` is the time of day.
pub async fn move_house(
    source: &dyn Source,
    target: &dyn Target,
    now: Millis,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Moved, MoveError> {
    let soon = now.saturating_add(SOON);
    let ledger = source.ledger().await.map_err(MoveError::Source)?;
    let size = source.size(soon).await.map_err(MoveError::Source)?;
    target.begin().await?;

    let mut told = Teller { tell, step: Step::Moving, of: size.documents + size.entries };
    let mut given = Tally::new(soon);
    let mut walk = Walk::new(source, PAGE);
    while let Some(piece) = walk.next().await.map_err(MoveError::Source)? {
        let piece = piece.without_expired(now);
        given.add(&piece);
        if !piece.is_empty() {
            target.receive(piece).await.map_err(MoveError::Target)?;
        }
        told.at(&given);
    }

    told.step = Step::Comparing;
    let mut kept = Tally::new(soon);
    let mut walk = Walk::new(target, PAGE);
    while let Some(piece) = walk.next().await.map_err(MoveError::Target)? {
        kept.add(&piece.without_expired(now));
        told.at(&kept);
    }
    let checksum = given.same_as(kept).map_err(MoveError::Different)?;

    let left = source.size(soon).await.map_err(MoveError::Source)?;
    if left != size || left != given.size() || source.ledger().await.map_err(MoveError::Source)? != ledger {
        return Err(MoveError::Changed);
    }
    let head = ledger.head;
    let ledger = Ledger { epochs: begin_epoch(ledger.epochs, head), ..ledger };
    target.finish(ledger.clone()).await.map_err(MoveError::Target)?;
    if target.ledger().await.map_err(MoveError::Target)? != ledger {
        return Err(MoveError::Different("the epochs or the last number".to_owned()));
    }
    Ok(Moved { documents: given.documents, entries: given.entries, head, checksum })
}

/// Tells how far a move is.
struct Teller<'a> {
    tell: &'a mut (dyn FnMut(Progress) + Send),
    step: Step,
    of: u64,
}

impl Teller<'_> {
    fn at(&mut self, tally: &Tally) {
        let done = tally.documents + tally.entries;
        (self.tell)(Progress { step: self.step, done, of: self.of.max(done) });
    }
}
