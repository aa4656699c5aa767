//! Where the hub reaches a line: a note that it has something to hear, left with whoever writes the line out.
//!
//! That is either a task with a waker of its own, or a thread that writes thousands of lines one after the
//! other. For such a thread a wake is a number in its run queue, and the wakes of one event reach it together.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Wake, Waker};

use futures_util::task::AtomicWaker;

/// What one thread is to look at: the tokens of its connections, in the order in which they were woken.
pub struct RunQueue {
    tokens: Mutex<Vec<u32>>,
    /// Wakes the thread; called when the queue was empty.
    alarm: Box<dyn Fn() + Send + Sync>,
}

impl RunQueue {
    /// An empty queue of the thread that `alarm` wakes.
    pub fn new(alarm: impl Fn() + Send + Sync + 'static) -> Self {
        RunQueue { tokens: Mutex::default(), alarm: Box::new(alarm) }
    }

    /// A place for what is no line.
    #[cfg(test)]
    pub fn seat(self: &Arc<Self>, token: u32) -> Seat {
        Arc::<Slot>::default().sit_down(self, token)
    }

    /// Adds what is to be looked at.
    fn extend(&self, tokens: &[u32]) {
        let was_empty = {
            let mut waiting = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
            let was_empty = waiting.is_empty();
            waiting.extend_from_slice(tokens);
            was_empty
        };
        if was_empty {
            (self.alarm)();
        }
    }

    /// Takes all that waits, and leaves an empty list in its place, which should be one to be used again.
    pub fn take(&self, list: &mut Vec<u32>) {
        list.clear();
        mem::swap(&mut *self.tokens.lock().unwrap_or_else(PoisonError::into_inner), list);
    }
}

/// One line's letter box.
#[derive(Default)]
pub struct Slot {
    waker: AtomicWaker,
    seat: OnceLock<(Arc<RunQueue>, u32)>,
    /// Whether its token is in the run queue.
    is_queued: AtomicBool,
    heartbeat: AtomicBool,
}

impl Slot {
    /// Whom to wake when there is something to hear. To be called before looking, or a wake is lost.
    pub fn register(&self, waker: &Waker) {
        if self.seat.get().is_none() {
            self.waker.register(waker);
        }
    }

    /// From now on it is written by a thread, under this token. Only the first call counts.
    pub fn sit_down(self: &Arc<Self>, queue: &Arc<RunQueue>, token: u32) -> Seat {
        // A second seat would be a connection that moved from thread to thread, which none does.
        let _ = self.seat.set((Arc::clone(queue), token));
        Seat { slot: Arc::clone(self), waker: Waker::from(Arc::clone(self)) }
    }

    /// There is something to hear. The round's end tells whoever is told of many.
    pub fn wake_in(&self, round: &mut Round) {
        match self.seat.get() {
            None => self.waker.wake(),
            Some((queue, token)) => {
                if !self.is_queued.swap(true, Ordering::AcqRel) {
                    round.add(queue, *token);
                }
            }
        }
    }

    /// There is something to hear.
    pub fn wake_now(&self) {
        let mut round = Round::default();
        self.wake_in(&mut round);
        round.end();
    }

    /// It is time for a heartbeat.
    pub fn beat_in(&self, round: &mut Round) {
        self.heartbeat.store(true, Ordering::Release);
        self.wake_in(round);
    }

    /// Whether a heartbeat was due since the last call.
    pub fn take_beat(&self) -> bool {
        self.is_beat_due() && self.heartbeat.swap(false, Ordering::AcqRel)
    }

    /// Whether a heartbeat is due.
    pub fn is_beat_due(&self) -> bool {
        self.heartbeat.load(Ordering::Acquire)
    }
}

impl Wake for Slot {
    fn wake(self: Arc<Self>) {
        self.wake_now();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_now();
    }
}

/// The place of a line on the thread that writes it.
pub struct Seat {
    slot: Arc<Slot>,
    waker: Waker,
}

impl Seat {
    /// To be called before the line is looked at: what comes from now on wakes it again.
    pub fn begin_turn(&self) {
        self.slot.is_queued.swap(false, Ordering::AcqRel);
    }

    /// Puts the connection into the run queue.
    pub fn waker(&self) -> &Waker {
        &self.waker
    }
}

/// The wakes of one event, gathered by thread.
#[derive(Default)]
pub struct Round(Vec<(Arc<RunQueue>, Vec<u32>)>);

impl Round {
    fn add(&mut self, queue: &Arc<RunQueue>, token: u32) {
        // There are as many queues as threads: few.
        match self.0.iter_mut().find(|(other, _)| Arc::ptr_eq(other, queue)) {
            Some((_, tokens)) => tokens.push(token),
            None => self.0.push((Arc::clone(queue), vec![token])),
        }
    }

    /// Tells the threads.
    pub fn end(self) {
        self.0.iter().for_each(|(queue, tokens)| queue.extend(tokens));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn a_round_reaches_a_thread_once_and_nobody_waits_twice() {
        let alarms = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&alarms);
        let queue = Arc::new(RunQueue::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        }));
        let slots: Vec<_> = (0..3).map(|_| Arc::<Slot>::default()).collect();
        let seats: Vec<_> = (0..).zip(&slots).map(|(token, slot)| slot.sit_down(&queue, token)).collect();
        for _ in 0..2 {
            let mut round = Round::default();
            slots.iter().for_each(|slot| slot.wake_in(&mut round));
            round.end();
        }
        let mut tokens = Vec::new();
        queue.take(&mut tokens);
        assert_eq!((tokens.as_slice(), alarms.load(Ordering::Relaxed)), ([0, 1, 2].as_slice(), 1));

        // One that is being looked at is woken again, by whatever wakes it.
        seats[1].begin_turn();
        seats[1].waker().wake_by_ref();
        seats[2].waker().wake_by_ref();
        queue.take(&mut tokens);
        assert_eq!((tokens.as_slice(), alarms.load(Ordering::Relaxed)), ([1].as_slice(), 2));
    }
}
