//! How the writer is, for those who ask.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::super::EngineError;

/// What the writer lets others know of itself.
#[derive(Debug, Default)]
pub(super) struct Condition {
    commits: AtomicU64,
    batches: AtomicU64,
    /// Why the last transaction failed, if it did.
    trouble: Mutex<Option<String>>,
}

impl Condition {
    /// Commits and transactions so far, unless the last one failed.
    pub(super) fn counts(&self) -> Result<(u64, u64), EngineError> {
        match self.trouble.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            Some(trouble) => Err(EngineError::Unavailable(trouble.clone())),
            None => Ok((self.commits.load(Ordering::Relaxed), self.batches.load(Ordering::Relaxed))),
        }
    }

    /// So many commits were done in one transaction.
    pub(super) fn note(&self, commits: u64) {
        self.commits.fetch_add(commits, Ordering::Relaxed);
        self.batches.fetch_add(u64::from(commits > 0), Ordering::Relaxed);
    }

    /// Why the last transaction failed, if it did.
    pub(super) fn set_trouble(&self, trouble: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// Whether the last transaction failed.
    pub(super) fn is_troubled(&self) -> bool {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}
