//! Those who listen to an audience: rows of seats, one for each thread that writes some of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::seat::{Round, RunQueue, Seat};

/// The lines of one audience on one thread.
pub struct Row {
    queue: Arc<RunQueue>,
    /// In order, which is about the order in which the lines lie in memory.
    tokens: Mutex<Vec<u32>>,
    /// Whether it is in the queue.
    is_called: AtomicBool,
}

impl Row {
    /// Puts the tokens of its lines on a list, the first last. What is said from now on calls it again.
    pub(super) fn answer(&self, list: &mut Vec<u32>) {
        self.is_called.swap(false, Ordering::AcqRel);
        self.with(|tokens| list.extend(tokens.iter().rev()));
    }

    fn with<T>(&self, use_them: impl FnOnce(&mut Vec<u32>) -> T) -> T {
        use_them(&mut self.tokens.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// All who listen to one audience.
#[derive(Default)]
pub struct Listeners(Vec<Arc<Row>>);

impl Listeners {
    /// A line listens.
    pub fn seat(&mut self, seat: &Seat) {
        match self.0.iter().find(|row| Arc::ptr_eq(&row.queue, &seat.queue)) {
            Some(row) => row.with(|tokens| {
                if let Err(place) = tokens.binary_search(&seat.token) {
                    tokens.insert(place, seat.token);
                }
            }),
            None => self.0.push(Arc::new(Row {
                queue: Arc::clone(&seat.queue),
                tokens: Mutex::new(vec![seat.token]),
                is_called: AtomicBool::new(false),
            })),
        }
    }

    /// A line listens no more.
    pub fn leave(&mut self, seat: &Seat) {
        self.0.retain(|row| {
            !Arc::ptr_eq(&row.queue, &seat.queue)
                || row.with(|tokens| {
                    if let Ok(place) = tokens.binary_search(&seat.token) {
                        tokens.remove(place);
                    }
                    !tokens.is_empty()
                })
        });
    }

    /// Whether nobody listens.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many listen.
    pub fn count(&self) -> usize {
        self.0.iter().map(|row| row.with(|tokens| tokens.len())).sum()
    }

    /// All of them are to look.
    pub fn call(&self, round: &mut Round) {
        for row in &self.0 {
            let is_new = !row.is_called.swap(true, Ordering::AcqRel);
            round.call(&row.queue, is_new.then(|| Arc::clone(row)));
        }
    }

    /// A heartbeat is due for each line whose token is one of `period`, and this one.
    pub fn beat(&self, round: &mut Round, period: u32, which: u32) {
        for row in &self.0 {
            row.with(|tokens| {
                let due = tokens.iter().copied().filter(|token| token % period == which);
                round.beat(&row.queue, due);
            });
        }
    }

    /// The queues of the threads that write them.
    pub fn queues(&self) -> impl Iterator<Item = &Arc<RunQueue>> {
        self.0.iter().map(|row| &row.queue)
    }
}
