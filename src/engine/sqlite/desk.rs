//! The desk at which the one writer sits, so that whoever has a commit can write it with their own hand.
//!
//! To hand a commit to another thread and be woken with the answer costs about as much as the write itself.
//! So a commit that finds the writer free and nobody waiting is written on the thread that brought it; all
//! others wait for the writer's thread, which takes them into one transaction.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;

use super::super::{Commit, EngineError, Outcome};
use super::hold::Hold;
use super::job::Job;
use super::writer::{BATCH, Writer};

/// Where the writer sits, until it is told to close.
#[derive(Debug)]
pub(super) struct Desk {
    seat: Mutex<Seat>,
    /// Several came together the last time: whoever comes next had better wait for the others.
    is_crowded: AtomicBool,
}

#[derive(Debug)]
struct Seat {
    writer: Option<Writer>,
    hold: Hold,
}

impl Desk {
    pub(super) fn new(writer: Writer) -> Self {
        let seat = Seat { writer: Some(writer), hold: Hold::new() };
        Desk { seat: Mutex::new(seat), is_crowded: AtomicBool::new(false) }
    }

    /// Writes a commit at once if nobody else is writing; nothing is done otherwise.
    ///
    /// The thread is held until the disk has it, one at most at any time. Other tasks go on meanwhile, which
    /// only a runtime of several threads can give.
    pub(super) fn write(&self, commit: &Commit) -> Option<Result<Outcome, EngineError>> {
        let runtime = Hold::runtime()?;
        if self.is_crowded.load(Ordering::Relaxed) {
            return None;
        }
        let mut seat = self.seat.try_lock().ok()?;
        let Seat { writer, hold } = &mut *seat;
        let writer = writer.as_mut()?;
        Some(hold.run(runtime, || writer.write_one(commit)))
    }

    /// Works until the writer is told to close, or until nobody is left who could ask for something.
    pub(super) fn serve(&self, jobs: mpsc::Receiver<Job>) {
        let _leaving = Leaving(self);
        // Goes before it: whoever hears that the writer is gone cannot ask it for anything any more.
        let mut jobs = jobs;
        let mut waiting = Vec::with_capacity(BATCH);
        while let Some(job) = jobs.blocking_recv() {
            // If somebody panicked with the pen in their hand, nobody writes any more.
            let Ok(mut seat) = self.seat.lock() else { break };
            let Some(writer) = seat.writer.as_mut() else { break };
            let commits = writer.work(job, &mut jobs, &mut waiting);
            self.is_crowded.store(commits > 1, Ordering::Relaxed);
        }
        // Out of the lock first: to end takes a while.
        self.leave().map(Writer::end).unwrap_or_default();
    }

    fn leave(&self) -> Option<Writer> {
        self.seat.lock().unwrap_or_else(PoisonError::into_inner).writer.take()
    }
}

/// Takes the writer away from the desk, also when somebody panics: it tells those who wait that it is gone.
struct Leaving<'a>(&'a Desk);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        drop(self.0.leave());
    }
}
