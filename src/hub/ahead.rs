//! How a past is read: beside the lines, and a piece ahead of what they have written.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;

use super::replay::{Batch, Lost, Past, heard, render};
use super::shared::Shared;
use crate::engine::EngineError;

/// About how many bytes stand around the JSON of an event.
const AROUND: usize = 64;

/// What stands before the log, which is of the moment when it was opened, or the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Given,
    Log,
}

/// Reads a past by tasks of its own: whoever polls it may have thousands of other lines to write. The next piece is
/// read while this one is written, if the line will ask for it and a place is free: what waits fills memory.
pub(super) struct Reader {
    shared: Arc<Shared>,
    generation: u64,
    kind: Kind,
    /// What is read of it is at least as new as this revision.
    revision: u64,
}

/// A task that reads a piece, and hands back what it reads from, and its place if it reads ahead.
type Reading = JoinHandle<(Option<Result<Batch, Lost>>, Past, Option<OwnedSemaphorePermit>)>;

/// What comes next of a past.
enum Next {
    Unread(Past),
    /// It is being read, or was.
    Ahead(Reading),
}

impl Reader {
    /// Of what is named by the epochs of a generation. Also for whoever has locked the state.
    pub(super) fn new(shared: Arc<Shared>, generation: u64, kind: Kind) -> Self {
        let revision = shared.revision();
        Reader { shared, generation, kind, revision }
    }

    /// The same past, read like this.
    pub(super) fn apart(self, past: Past) -> Past {
        let begin = (self, Some(Next::Unread(past)));
        stream::unfold(begin, |(mut reader, next)| async {
            let (piece, next) = reader.take(next?).await?;
            Some((piece, (reader, next)))
        })
        .boxed()
    }

    async fn take(&mut self, next: Next) -> Option<(Result<Batch, Lost>, Option<Next>)> {
        let reading = match next {
            Next::Unread(past) => self.read(past, None),
            Next::Ahead(reading) => reading,
        };
        let (piece, past, place) = match reading.await {
            Ok(read) => read,
            Err(error) => return Some((Err(EngineError::Unavailable(error.to_string()).into()), None)),
        };
        drop(place);
        let batch = match self.as_now(piece?).await {
            Ok(batch) => batch,
            lost => return Some((lost, None)),
        };
        let next = match self.place_after(&batch) {
            None => Next::Unread(past),
            place => Next::Ahead(self.read(past, place)),
        };
        Some((Ok(batch), Some(next)))
    }

    fn read(&mut self, mut past: Past, place: Option<OwnedSemaphorePermit>) -> Reading {
        // What is given may have been read in part before it is asked for.
        if self.kind == Kind::Log {
            self.revision = self.shared.revision();
        }
        tokio::spawn(async move { (past.next().await, past, place) })
    }

    /// A piece as it reads when it is wanted: what was changed or deleted since it was read is gone from it.
    async fn as_now(&self, piece: Result<Batch, Lost>) -> Result<Batch, Lost> {
        let Batch { entries, upto } = piece?;
        if self.shared.revision() == self.revision {
            return Ok(Batch { entries, upto });
        }
        let entries = entries.iter().map(|heard| (heard.entry(), None)).collect();
        let made = render(&self.shared, entries).await?;
        self.shared.current_epoch(self.generation)?;
        Ok(Batch { entries: heard(made), upto })
    }

    /// A place to read on ahead, if the line will ask for what follows a piece, as far as is known, and one is free.
    fn place_after(&self, batch: &Batch) -> Option<OwnedSemaphorePermit> {
        let bytes: usize = batch.entries.iter().map(|heard| heard.length() + AROUND).sum();
        // What a line cannot hold of a page of the log it reads again.
        let is_held = self.kind == Kind::Given || bytes < self.shared.options.batch_bytes;
        if !is_held || self.shared.read().ring.reaches(batch.upto) {
            return None;
        }
        Arc::clone(&self.shared.ahead).try_acquire_owned().ok()
    }
}
