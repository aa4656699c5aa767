//! Those who listen to an audience: rows of lines, one for each thread that writes some of them.

use std::sync::Arc;

use super::queue::{Round, RunQueue};
use super::row::Row;
use super::seat::Seat;

/// All who listen to one audience.
#[derive(Default)]
pub struct Listeners(Vec<(Arc<RunQueue>, Arc<Row>)>);

impl Listeners {
    /// A line listens.
    pub fn seat(&mut self, seat: &Seat) {
        let known = self.0.iter().find(|(queue, _)| Arc::ptr_eq(queue, &seat.queue));
        match known {
            Some((_, row)) => row.seat(seat.token),
            None => self.0.push((Arc::clone(&seat.queue), Arc::new(Row::of(seat.token)))),
        }
    }

    /// A line listens no more.
    pub fn leave(&mut self, seat: &Seat) {
        self.0.retain(|(queue, row)| !Arc::ptr_eq(queue, &seat.queue) || row.leave(seat.token));
    }

    /// Whether nobody listens.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many listen.
    pub fn count(&self) -> usize {
        self.0.iter().map(|(_, row)| row.with(|tokens| tokens.len())).sum()
    }

    /// All of them are to look.
    pub fn call(&self, round: &mut Round) {
        self.0.iter().for_each(|(queue, row)| round.call(queue, row));
    }

    /// A heartbeat is due for each line whose token is this one of `period`.
    pub fn beat(&self, round: &mut Round, period: u32, which: u32) {
        for (queue, row) in &self.0 {
            row.with(|tokens| {
                round.beat(queue, tokens.iter().copied().filter(|token| token % period == which));
            });
        }
    }

    /// The queues of the threads that write them.
    pub fn queues(&self) -> impl Iterator<Item = &Arc<RunQueue>> {
        self.0.iter().map(|(queue, _)| queue)
    }
}
