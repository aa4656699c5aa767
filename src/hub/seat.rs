//! Where the hub reaches lines: the run queue of the thread that writes them one after the other, and the seat that
//! each line has on it.
//!
//! Something that is said calls whole rows of lines (`row`), which costs the same for one line as for
//! thousands. A single line is called by what it waits for, or because a heartbeat is due. A thread takes all that
//! waits, gives each line its turn, and only then looks again: so what is said meanwhile goes out together.

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Wake;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::memo::Memo;
use super::row::Row;

/// What one thread is to look at.
pub struct RunQueue {
    waiting: Mutex<Waiting>,
    /// Wakes the thread; called when nothing waited.
    alarm: Box<dyn Fn() + Send + Sync>,
    /// How many bytes of events its lines were called for, ever; grows while `waiting` is locked.
    said: AtomicU64,
    /// How many of them all lines have had their turn at.
    heard: AtomicU64,
    caught_up: Notify,
}

#[derive(Default)]
struct Waiting {
    rows: Vec<Arc<Row>>,
    lines: Vec<u32>,
    beats: Vec<u32>,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.lines.is_empty() && self.beats.is_empty()
    }
}

impl RunQueue {
    /// An empty queue of the thread that `alarm` wakes.
    pub fn new(alarm: impl Fn() + Send + Sync + 'static) -> Self {
        RunQueue {
            waiting: Mutex::default(),
            alarm: Box::new(alarm),
            said: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            caught_up: Notify::new(),
        }
    }

    fn add(&self, add: impl FnOnce(&mut Waiting)) {
        let rings = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let was_empty = waiting.is_empty();
            add(&mut waiting);
            was_empty && !waiting.is_empty()
        };
        if rings {
            (self.alarm)();
        }
    }

    /// Takes all that waits. The turns before must be over.
    pub fn take(&self, turns: &mut Turns) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // What was emptied is used again.
        mem::swap(&mut waiting.rows, &mut turns.rows);
        mem::swap(&mut waiting.lines, &mut turns.lines);
        mem::swap(&mut waiting.beats, &mut turns.beats);
        turns.said = self.said.load(Ordering::Relaxed);
    }

    /// The turns that were taken are over.
    pub fn finish(&self, turns: &Turns) {
        if self.heard.swap(turns.said, Ordering::AcqRel) != turns.said {
            self.caught_up.notify_waiters();
        }
    }

    /// How many bytes of events were said that its lines have yet to have their turn at.
    pub fn unheard(&self) -> u64 {
        // In this order, since both only grow.
        let heard = self.heard.load(Ordering::Acquire);
        self.said.load(Ordering::Acquire).saturating_sub(heard)
    }

    /// When all lines that were called have had their turn the next time.
    pub fn caught_up(&self) -> Notified<'_> {
        self.caught_up.notified()
    }
}

/// What a thread took from its run queue.
#[derive(Default)]
pub struct Turns {
    rows: Vec<Arc<Row>>,
    /// The lines of the row that has its turns, the first last.
    row: Vec<u32>,
    lines: Vec<u32>,
    beats: Vec<u32>,
    said: u64,
}

/// Whose turn it is, by the token of its seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Something was said in one of its rooms.
    Row(u32),
    /// It was called by itself.
    Line(u32),
    /// A heartbeat is due.
    Beat(u32),
}

impl Turns {
    /// Whose turn is next. `memo` is what the last one took: it is forgotten before a row has its turns, so that all
    /// of it was taken after the row was answered, and whatever is said after that calls the whole row anew.
    pub fn next(&mut self, memo: &mut Memo) -> Option<Turn> {
        loop {
            if let Some(token) = self.row.pop() {
                memo.in_row = true;
                return Some(Turn::Row(token));
            }
            memo.clear();
            memo.in_row = false;
            match self.rows.pop() {
                Some(row) => row.answer(&mut self.row),
                None => break,
            }
        }
        self.lines.pop().map(Turn::Line).or_else(|| self.beats.pop().map(Turn::Beat))
    }

    /// Whether all are over.
    pub fn is_empty(&self) -> bool {
        self.row.is_empty() && self.rows.is_empty() && self.lines.is_empty() && self.beats.is_empty()
    }
}

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

    /// To be called before a line has the turn that it was [called](Turn::Line) to: what comes from now on calls it
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
            self.queue.add(|waiting| waiting.lines.push(self.token));
        }
    }
}

/// Whom one event calls, gathered by thread.
#[derive(Default)]
pub struct Round(Vec<(Arc<RunQueue>, Waiting)>);

impl Round {
    fn of(&mut self, queue: &Arc<RunQueue>) -> &mut Waiting {
        // There are as many queues as threads: few.
        let place = self.0.iter().position(|(other, _)| Arc::ptr_eq(other, queue)).unwrap_or_else(|| {
            self.0.push((Arc::clone(queue), Waiting::default()));
            self.0.len() - 1
        });
        &mut self.0[place].1
    }

    /// A row is to look. If it has yet to answer an earlier call, it is in the queue.
    pub fn call(&mut self, queue: &Arc<RunQueue>, row: &Arc<Row>) {
        let calls = self.of(queue);
        if row.call() {
            calls.rows.push(Arc::clone(row));
        }
    }

    /// Heartbeats of these lines are due.
    pub fn beat(&mut self, queue: &Arc<RunQueue>, tokens: impl Iterator<Item = u32>) {
        self.of(queue).beats.extend(tokens);
    }

    /// Tells the threads. What they are called for has so many bytes.
    pub fn end(self, bytes: usize) {
        for (queue, mut calls) in self.0 {
            queue.add(|waiting| {
                waiting.rows.append(&mut calls.rows);
                waiting.beats.append(&mut calls.beats);
                queue.said.fetch_add(bytes as u64, Ordering::AcqRel);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::super::listeners::Listeners;
    use super::*;

    fn queue() -> (Arc<RunQueue>, Arc<AtomicUsize>) {
        let alarms = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&alarms);
        let queue = RunQueue::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        (Arc::new(queue), alarms)
    }

    fn all(turns: &mut Turns) -> Vec<Turn> {
        let mut memo = Memo::default();
        std::iter::from_fn(|| turns.next(&mut memo)).collect()
    }

    #[test]
    fn a_room_calls_its_lines_once_however_much_is_said() {
        let (queue, alarms) = queue();
        let mut listeners = Listeners::default();
        for token in [7, 3, 5] {
            listeners.seat(&Seat::new(&queue, token));
        }
        let mut turns = Turns::default();
        for _ in 0..2 {
            let mut round = Round::default();
            listeners.call(&mut round);
            round.end(10);
        }
        assert_eq!((alarms.load(Ordering::Relaxed), queue.unheard()), (1, 20));
        queue.take(&mut turns);
        assert_eq!(all(&mut turns), [Turn::Row(3), Turn::Row(5), Turn::Row(7)]);
        queue.finish(&turns);
        assert_eq!(queue.unheard(), 0);

        // Who is called while they have their turns has another one.
        let mut round = Round::default();
        listeners.call(&mut round);
        round.end(10);
        queue.take(&mut turns);
        let mut memo = Memo::default();
        assert_eq!(turns.next(&mut memo), Some(Turn::Row(3)));
        let mut round = Round::default();
        listeners.call(&mut round);
        round.end(1);
        assert_eq!(all(&mut turns), [Turn::Row(5), Turn::Row(7)]);
        queue.finish(&turns);
        assert_eq!((alarms.load(Ordering::Relaxed), queue.unheard()), (3, 1));
        queue.take(&mut turns);
        assert_eq!(all(&mut turns).len(), 3);
    }

    #[test]
    fn a_line_waits_in_the_queue_once_and_again_after_its_turn_began() {
        let (queue, alarms) = queue();
        let seats: Vec<_> = (0..3).map(|token| Arc::new(Seat::new(&queue, token))).collect();
        let mut turns = Turns::default();
        for _ in 0..2 {
            seats.iter().for_each(Wake::wake_by_ref);
        }
        queue.take(&mut turns);
        assert_eq!(all(&mut turns).len(), 3);
        assert_eq!(alarms.load(Ordering::Relaxed), 1);
        seats[1].begin_turn();
        seats[1].wake_by_ref();
        seats[2].wake_by_ref();
        queue.take(&mut turns);
        assert_eq!(all(&mut turns), [Turn::Line(1)]);
    }
}
