//! The desk at which the one writer sits, so that whoever has a commit can write it with their own hand.
//!
//! To hand a commit to another thread and be woken with the answer costs about as much as the write itself.
//! So a commit that finds the writer free and nobody waiting is written on the thread that brought it; all
//! others wait for the writer's thread, which takes them into one transaction.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::mpsc;
use tokio::task::block_in_place;

use super::super::{Commit, EngineError, Outcome};
use super::job::Job;
use super::writer::{BATCH, Writer};

/// The writer, until it is told to close.
#[derive(Debug)]
pub(super) struct Desk {
    writer: Mutex<Option<Writer>>,
    /// Several came together the last time: whoever comes next had better wait for the others.
    is_crowded: AtomicBool,
}

impl Desk {
    pub(super) fn new(writer: Writer) -> Self {
        Desk { writer: Mutex::new(Some(writer)), is_crowded: AtomicBool::new(false) }
    }

    /// Writes a commit at once if nobody else is writing; nothing is done otherwise.
    ///
    /// The thread is held until the disk has it, one at most at any time. Other tasks go on meanwhile, which
    /// only a runtime of several threads can give.
    pub(super) fn write(&self, commit: &Commit) -> Option<Result<Outcome, EngineError>> {
        let can_block =
            Handle::try_current().is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread);
        if !can_block || self.is_crowded.load(Ordering::Relaxed) {
            return None;
        }
        let mut writer = self.writer.try_lock().ok()?;
        writer.as_mut().map(|writer| block_in_place(|| writer.write_one(commit)))
    }

    /// Works until the writer is told to close, or until nobody is left who could ask for something.
    pub(super) fn serve(&self, mut jobs: mpsc::Receiver<Job>) {
        let _leaving = Leaving(self);
        let mut waiting = Vec::with_capacity(BATCH);
        while let Some(job) = jobs.blocking_recv() {
            // If somebody panicked with the pen in their hand, nobody writes any more.
            let Ok(mut writer) = self.writer.lock() else { break };
            let Some(writer) = writer.as_mut() else { break };
            let commits = writer.work(job, &mut jobs, &mut waiting);
            self.is_crowded.store(commits > 1, Ordering::Relaxed);
        }
        // Out of the lock first: to end takes a while.
        self.leave().map(Writer::end).unwrap_or_default();
    }

    fn leave(&self) -> Option<Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Takes the writer away from the desk, also when somebody panics: it tells those who wait that it is gone.
struct Leaving<'a>(&'a Desk);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        drop(self.0.leave());
    }
}
