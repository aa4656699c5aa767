//! The seat of a line: by which the thread that writes it knows it, and which calls it by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;

use super::queue::RunQueue;

/// The place of one line on the thread that writes it.
pub struct Seat {
    /// The thread's queue.
    pub queue: Arc<RunQueue>,
    /// Under which the thread knows the line.
    pub token: u32,
    /// Whether it was called by itself and has yet to have its turn.
    is_called: AtomicBool,
}

impl Seat {
    /// A seat, under this token.
    pub fn new(queue: &Arc<RunQueue>, token: u32) -> Self {
        Seat { queue: Arc::clone(queue), token, is_called: AtomicBool::new(false) }
    }

    /// To be called before a line has the turn that it was [called](super::Turn::Line) to: what comes from now on calls it
    /// again.
    pub fn begin_turn(&self) {
        self.is_called.swap(false, Ordering::AcqRel);
    }
}

impl Wake for Seat {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_called.swap(true, Ordering::AcqRel) {
            self.queue.call(self.token);
        }
    }
}
