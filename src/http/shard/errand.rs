//! What a thread does besides writing lines: a future that is polled here, since all that comes of it goes to lines.
//! Were it a task of the runtime, each event would wake one more thread on its way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use futures_util::future::BoxFuture;

use super::alarm::Alarm;

/// A future on a thread.
pub struct Errand {
    future: BoxFuture<'static, ()>,
    bell: Arc<Bell>,
    waker: Waker,
}

/// Rings when the future can go on.
struct Bell {
    has_rung: AtomicBool,
    alarm: Arc<Alarm>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.has_rung.swap(true, Ordering::AcqRel) {
            self.alarm.ring();
        }
    }
}

impl Errand {
    /// An errand that can begin, of the thread that `alarm` wakes.
    pub fn new(future: BoxFuture<'static, ()>, alarm: &Arc<Alarm>) -> Self {
        let bell = Arc::new(Bell { has_rung: AtomicBool::new(true), alarm: Arc::clone(alarm) });
        Errand { future, waker: Waker::from(Arc::clone(&bell)), bell }
    }

    /// Goes on if it can; whether it is over.
    pub fn run(&mut self) -> bool {
        self.bell.has_rung.swap(false, Ordering::AcqRel)
            && self.future.as_mut().poll(&mut Context::from_waker(&self.waker)).is_ready()
    }

    /// Whether it could go on at once.
    pub fn has_rung(&self) -> bool {
        self.bell.has_rung.load(Ordering::Acquire)
    }
}
