//! A line by itself, for tests: no thread writes it, whoever wants to hear it asks.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_util::task::AtomicWaker;

use super::{Line, Memo, RunQueue, Seat, Turn, Turns};

/// A line with a run queue of its own.
pub struct Alone {
    line: Line,
    seat: Arc<Seat>,
    asks: Arc<AtomicWaker>,
    turns: Turns,
}

impl Alone {
    /// Seats a line.
    pub fn new(mut line: Line) -> Self {
        let asks = Arc::<AtomicWaker>::default();
        let bell = Arc::clone(&asks);
        let queue = Arc::new(RunQueue::new(move || bell.wake()));
        let seat = Arc::new(Seat::new(&queue, 0));
        line.sit_down(Arc::clone(&seat));
        Alone { line, seat, asks, turns: Turns::default() }
    }

    /// The next bytes, as a thread would take them that shares a memo among several lines.
    pub fn poll_with(&mut self, cx: &Context<'_>, memo: &mut Memo) -> Poll<Option<Bytes>> {
        self.asks.register(cx.waker());
        self.seat.queue.take(&mut self.turns);
        while let Some(turn) = self.turns.next(&mut Memo::default()) {
            if matches!(turn, Turn::Beat(_)) {
                self.line.beat();
            }
        }
        self.seat.begin_turn();
        let waker = Waker::from(Arc::clone(&self.seat));
        let taken = self.line.poll_next(&mut Context::from_waker(&waker), memo);
        self.seat.queue.finish(&self.turns, memo);
        taken
    }

    /// The next bytes; nothing if the line has ended.
    pub async fn next(&mut self) -> Option<Bytes> {
        std::future::poll_fn(|cx| self.poll_with(cx, &mut Memo::default())).await
    }
}

impl Deref for Alone {
    type Target = Line;

    fn deref(&self) -> &Line {
        &self.line
    }
}

impl DerefMut for Alone {
    fn deref_mut(&mut self) -> &mut Line {
        &mut self.line
    }
}
