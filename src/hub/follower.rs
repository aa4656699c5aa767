//! Who hears the log: a future that takes in what was said, polled by whoever is there.
//!
//! As a rule that is a thread that writes lines, since all that comes of it goes to lines. Whoever has said something
//! takes it along when they are done for now: then no thread has to be woken for that.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::task::{Context, Wake, Waker};

use futures_util::future::{BoxFuture, FutureExt};
use tokio::task::unconstrained;

use super::Hub;

/// That a thread takes a follower along, should it be rung for there.
#[derive(Clone, Copy)]
struct Care {
    /// That follower's; only to be compared.
    bell: *const Bell,
    /// It was rung for, and nobody was woken.
    is_owed: bool,
}

thread_local! {
    /// Whom this thread takes along; whoever rings here for another wakes that one's thread.
    static CARE: Cell<Option<Care>> = const { Cell::new(None) };
}

/// The future that follows the log.
pub struct Follower {
    /// Taken out while it is polled. Should that panic it is gone, and with it the hub's [tasks](super::Tasks).
    future: Mutex<Option<BoxFuture<'static, ()>>>,
    bell: Arc<Bell>,
    waker: Waker,
}

/// Rings when the future can go on.
#[derive(Default)]
struct Bell {
    has_rung: AtomicBool,
    alarm: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl Bell {
    fn alarm(&self) {
        if let Some(alarm) = self.alarm.get() {
            alarm();
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.has_rung.swap(true, Ordering::AcqRel) {
            return;
        }
        match CARE.get() {
            Some(care) if std::ptr::eq(care.bell, &raw const **self) => {
                CARE.set(Some(Care { is_owed: true, ..care }));
            }
            _ => self.alarm(),
        }
    }
}

impl Follower {
    pub(super) fn new(future: impl Future<Output = ()> + Send + 'static) -> Self {
        let bell = Arc::<Bell>::default();
        let waker = Waker::from(Arc::clone(&bell));
        // It is no part of the task that takes it along, and uses up nothing of its turn.
        Follower { future: Mutex::new(Some(unconstrained(future).boxed())), bell, waker }
    }

    /// From now on it is polled by a thread that `alarm` wakes, which calls [`run`](Follower::run) then. To be called once.
    pub fn sit_down(&self, alarm: impl Fn() + Send + Sync + 'static) {
        if self.bell.alarm.set(Box::new(alarm)).is_ok() {
            self.waker.wake_by_ref();
        }
    }

    /// Goes on if it can and nobody else has it; whether it could go on at once.
    pub fn run(&self) -> bool {
        // Whoever has it looks again after that. (In this order: who rings looks whether it is free, who lets it go looks
        // whether it was rung for.)
        fence(Ordering::SeqCst);
        let Ok(mut place) = self.future.try_lock() else { return false };
        if self.bell.has_rung.swap(false, Ordering::AcqRel)
            && let Some(mut future) = place.take()
            && future.as_mut().poll(&mut Context::from_waker(&self.waker)).is_pending()
        {
            *place = Some(future);
        }
        drop(place);
        fence(Ordering::SeqCst);
        self.bell.has_rung.load(Ordering::Acquire)
    }
}

/// Takes it along as long as this lives.
struct Along<'a>(&'a Follower);

impl<'a> Along<'a> {
    fn with(follower: &'a Follower) -> Self {
        CARE.set(Some(Care { bell: Arc::as_ptr(&follower.bell), is_owed: false }));
        Along(follower)
    }
}

impl Drop for Along<'_> {
    /// Also when somebody panics: nobody else was woken.
    fn drop(&mut self) {
        // Once to take in what was said, and once to see whether that was all. The rest is not for whoever is to be answered.
        let is_owed = CARE.get().is_some_and(|care| care.is_owed);
        let is_left = is_owed && self.0.run() && self.0.run();
        CARE.set(None);
        if is_left {
            self.0.bell.alarm();
        }
    }
}

impl Hub {
    /// Does something that may say something. Whenever it waits, or is done, what came of it is heard at once.
    pub async fn along<T>(&self, mut work: Pin<&mut impl Future<Output = T>>) -> T {
        poll_fn(|cx| {
            let follower = self.shared.follower.get().and_then(Weak::upgrade);
            let _along = follower.as_deref().map(Along::with);
            work.as_mut().poll(cx)
        })
        .await
    }
}
