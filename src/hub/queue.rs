//! The run queue of a thread that writes lines: who is to have a turn, and how far behind the lines are.
//!
//! Something that is said calls whole rows of lines (`row`), which costs the same for one line as for
//! thousands. A single line is called by what it waits for, or because a heartbeat is due. A thread takes all that
//! waits, gives each line its turn, and only then looks again: so what is said meanwhile goes out together.

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::memo::Memo;
use super::row::Row;

/// What one thread is to look at.
pub struct RunQueue {
    calls: Mutex<Calls>,
    /// Wakes the thread; called when nothing waited.
    alarm: Box<dyn Fn() + Send + Sync>,
    /// How many bytes of events its lines were called for, ever; grows while `calls` is locked.
    said: AtomicU64,
    /// How many of them all lines have had their turn at.
    heard: AtomicU64,
    /// Whether its lines took more than one event at a time when they last had their turn, about.
    is_joined: AtomicBool,
    caught_up: Notify,
}

#[derive(Default)]
struct Calls {
    rows: Vec<Arc<Row>>,
    lines: Vec<u32>,
    beats: Vec<u32>,
}

impl Calls {
    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.lines.is_empty() && self.beats.is_empty()
    }
}

impl RunQueue {
    /// An empty queue of the thread that `alarm` wakes.
    pub fn new(alarm: impl Fn() + Send + Sync + 'static) -> Self {
        RunQueue {
            calls: Mutex::default(),
            alarm: Box::new(alarm),
            said: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            is_joined: AtomicBool::new(false),
            caught_up: Notify::new(),
        }
    }

    /// Adds calls, to hear so many bytes.
    fn add(&self, bytes: u64, add: impl FnOnce(&mut Calls)) {
        let rings = {
            let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            let was_empty = calls.is_empty();
            add(&mut calls);
            let said = self.said.fetch_add(bytes, Ordering::AcqRel);
            // Those whom the bytes are for may have had their turn at them already, with nobody left to be called: the
            // thread has to see that it is level again.
            let is_level = bytes > 0 && self.heard.load(Ordering::Acquire) == said;
            was_empty && (is_level || !calls.is_empty())
        };
        if rings {
            (self.alarm)();
        }
    }

    /// A line is to have a turn by itself.
    pub fn call(&self, token: u32) {
        self.add(0, |calls| calls.lines.push(token));
    }

    /// Takes all that waits. The turns before must be over.
    pub fn take(&self, turns: &mut Turns) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        // What was emptied is used again.
        mem::swap(&mut calls.rows, &mut turns.rows);
        mem::swap(&mut calls.lines, &mut turns.lines);
        mem::swap(&mut calls.beats, &mut turns.beats);
        turns.said = self.said.load(Ordering::Relaxed);
        if turns.is_empty() {
            // Whatever was said went to rows that were to have their turn anyway, and have had it.
            self.has_heard(turns.said);
        }
    }

    /// The turns that were taken are over. `memo` is what the lines took in them.
    pub fn finish(&self, turns: &Turns, memo: &mut Memo) {
        if let Some(joined) = memo.were_joined() {
            self.is_joined.store(joined, Ordering::Relaxed);
        }
        self.has_heard(turns.said);
    }

    fn has_heard(&self, said: u64) {
        if self.heard.swap(said, Ordering::AcqRel) != said {
            self.caught_up.notify_waiters();
        }
    }

    /// How many bytes of events were said that its lines have yet to have their turn at.
    pub fn unheard(&self) -> u64 {
        // In this order, since both only grow.
        let heard = self.heard.load(Ordering::Acquire);
        self.said.load(Ordering::Acquire).saturating_sub(heard)
    }

    /// Whether its lines took more than one event at a time when they last had their turn, about.
    pub fn is_joined(&self) -> bool {
        self.is_joined.load(Ordering::Relaxed)
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
    /// The lines of the rows that have their turns, each once, the first last.
    called: Vec<u32>,
    /// The same.
    are_called: Tokens,
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
    /// Whose turn is next. `memo` is what the last one took: it is forgotten before rows have their turns, so that all
    /// of it was taken after they had answered, and whatever is said after that calls a whole row anew.
    pub fn next(&mut self, memo: &mut Memo) -> Option<Turn> {
        if self.called.is_empty() {
            memo.clear();
            self.answer();
        }
        let called = self.called.pop();
        memo.in_row = called.is_some();
        if let Some(token) = called {
            self.are_called.remove(token);
            return Some(Turn::Row(token));
        }
        self.lines.pop().map(Turn::Line).or_else(|| self.beats.pop().map(Turn::Beat))
    }

    /// All rows answer before any of their lines has a turn. So whoever sits in several of them has one turn, and not
    /// another for each of them in which there is nothing left to take.
    fn answer(&mut self) {
        for row in self.rows.drain(..) {
            row.answer(|token| {
                if self.are_called.insert(token) {
                    self.called.push(token);
                }
            });
        }
    }

    /// Whether all are over.
    pub fn is_empty(&self) -> bool {
        self.called.is_empty() && self.rows.is_empty() && self.lines.is_empty() && self.beats.is_empty()
    }
}

/// A set of tokens, a bit for each.
#[derive(Default)]
struct Tokens(Vec<u64>);

impl Tokens {
    /// Adds one; whether it was not there.
    fn insert(&mut self, token: u32) -> bool {
        let (place, bit) = Self::place(token);
        if place >= self.0.len() {
            self.0.resize(place + 1, 0);
        }
        let was_there = self.0[place] & bit != 0;
        self.0[place] |= bit;
        !was_there
    }

    fn remove(&mut self, token: u32) {
        let (place, bit) = Self::place(token);
        self.0[place] &= !bit;
    }

    fn place(token: u32) -> (usize, u64) {
        (token as usize / 64, 1 << (token % 64))
    }
}

/// Whom one event calls, gathered by thread.
#[derive(Default)]
pub struct Round(Vec<(Arc<RunQueue>, Calls)>);

impl Round {
    fn of(&mut self, queue: &Arc<RunQueue>) -> &mut Calls {
        // There are as many queues as threads: few.
        let place = self.0.iter().position(|(other, _)| Arc::ptr_eq(other, queue)).unwrap_or_else(|| {
            self.0.push((Arc::clone(queue), Calls::default()));
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
        for (queue, mut new) in self.0 {
            queue.add(bytes as u64, |calls| {
                calls.rows.append(&mut new.rows);
                calls.beats.append(&mut new.beats);
            });
        }
    }
}
