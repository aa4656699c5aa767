//! Wakes a thread that waits for the system to say which of its sockets are ready.

use std::io;
use std::sync::OnceLock;
use std::thread::{self, ThreadId};

use mio::{Registry, Token};

/// Under which token the thread itself is woken.
const ALARM: Token = Token(usize::MAX);

/// The alarm of one thread.
pub struct Alarm {
    waker: mio::Waker,
    /// The thread, once it has begun.
    thread: OnceLock<ThreadId>,
}

impl Alarm {
    /// Rings where this registry's events are waited for.
    pub fn new(registry: &Registry) -> io::Result<Self> {
        Ok(Alarm { waker: mio::Waker::new(registry, ALARM)?, thread: OnceLock::new() })
    }

    /// This thread is the one. From now on it does not wake itself: it looks at all that it may have been called for
    /// before it sleeps.
    pub fn is_mine(&self) {
        // Only the first call counts, and there is no other.
        let _ = self.thread.set(thread::current().id());
    }

    /// Wakes the thread, or keeps it from sleeping.
    pub fn ring(&self) {
        if self.thread.get() == Some(&thread::current().id()) {
            return;
        }
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "a thread that writes lines cannot be woken");
        }
    }
}
