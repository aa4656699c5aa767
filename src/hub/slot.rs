//! Where the hub reaches a line: its waker, and a note that a heartbeat is due.

use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;

use futures_util::task::AtomicWaker;

/// One line's letter box.
#[derive(Debug, Default)]
pub struct Slot {
    waker: AtomicWaker,
    heartbeat: AtomicBool,
}

impl Slot {
    /// Whom to wake when there is something to hear. To be called before looking, or a wake is lost.
    pub fn register(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    /// There is something to hear.
    pub fn wake(&self) {
        self.waker.wake();
    }

    /// It is time for a heartbeat.
    pub fn beat(&self) {
        self.heartbeat.store(true, Ordering::Release);
        self.wake();
    }

    /// Whether a heartbeat was due since the last call.
    pub fn take_beat(&self) -> bool {
        self.heartbeat.load(Ordering::Acquire) && self.heartbeat.swap(false, Ordering::AcqRel)
    }
}
