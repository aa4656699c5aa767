//! The desk at which the one writer sits, so that whoever has a commit can write it with their own hand.
//!
//! To hand a commit to another thread and be woken with the answer costs about as much as the write itself.
//! So a commit that finds the writer free and nobody waiting is written on the thread that brought it; all
//! others wait for the writer's thread, which takes them into one transaction.

use std::sync::{Mutex, PoisonError};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::mpsc;
use tokio::task::block_in_place;

use super::super::{Commit, EngineError, Outcome};
use super::writer::{BATCH, Job, Writer};

/// The writer, until it is told to close.
#[derive(Debug)]
pub(super) struct Desk(Mutex<Option<Writer>>);

impl Desk {
    pub(super) fn new(writer: Writer) -> Self {
        Desk(Mutex::new(Some(writer)))
    }

    /// Writes a commit at once if nobody else is writing; else gives it back.
    ///
    /// The thread is held until the disk has it, one at most at any time. Other tasks go on meanwhile, which
    /// only a runtime of several threads can give; on any other the commit is given back.
    pub(super) fn write(&self, commit: Commit) -> Result<Result<Outcome, EngineError>, Commit> {
        let can_block =
            Handle::try_current().is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread);
        let Some(mut desk) = self.0.try_lock().ok().filter(|_| can_block) else { return Err(commit) };
        match desk.as_mut() {
            Some(writer) => Ok(block_in_place(|| writer.write_one(&commit))),
            None => Err(commit),
        }
    }

    /// Works until the writer is told to close, or until nobody is left who could ask for something.
    pub(super) fn serve(&self, mut jobs: mpsc::Receiver<Job>) {
        let mut waiting = Vec::with_capacity(BATCH);
        while let Some(job) = jobs.blocking_recv() {
            // If somebody panicked with the pen in their hand, nobody writes any more.
            let Ok(mut desk) = self.0.lock() else { break };
            let Some(writer) = desk.as_mut() else { break };
            writer.work(job, &mut jobs, &mut waiting);
        }
        // Out of the lock first: it takes a while.
        let writer = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        writer.map(Writer::end).unwrap_or_default();
    }
}
