//! What the hub counts, for the metrics.

use std::sync::atomic::{AtomicU64, Ordering};

use super::shared::State;
use crate::engine::Number;

/// Counters that only grow.
#[derive(Debug, Default)]
pub struct Counters {
    /// Entries heard from the log.
    pub events: AtomicU64,
    /// Signals heard.
    pub signals: AtomicU64,
    /// Signals that were one too many for their room.
    pub signals_dropped: AtomicU64,
    /// Events handed to a line, counted once for each line.
    pub deliveries: AtomicU64,
    /// Times that a line was not in reach of the ring and read from the log.
    pub ring_misses: AtomicU64,
    /// Times that a line was told `reset`.
    pub resets: AtomicU64,
    /// Times that the log went back behind what this node had heard.
    pub rewinds: AtomicU64,
    /// Numbers that this node had heard and that were lost so.
    pub lost: AtomicU64,
}

/// What was counted, at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Entries heard from the log.
    pub events: u64,
    /// Signals heard.
    pub signals: u64,
    /// Signals that were one too many for their room.
    pub signals_dropped: u64,
    /// Events handed to a line, counted once for each line.
    pub deliveries: u64,
    /// Times that a line read from the log.
    pub ring_misses: u64,
    /// Times that a line was told `reset`.
    pub resets: u64,
    /// Times that the log went back.
    pub rewinds: u64,
    /// Numbers that were heard here and are lost.
    pub lost: u64,
    /// The last number heard.
    pub head: Number,
    /// Entries in the ring.
    pub ring_entries: usize,
    /// Open lines.
    pub lines: usize,
    /// Other nodes that are alive.
    pub other_nodes: usize,
    /// People, rooms and words of other nodes that were not taken in because they were too many.
    pub presence_dropped: u64,
}

impl Counters {
    /// The log went back by so many numbers.
    pub fn went_back(&self, lost: u64) {
        self.rewinds.fetch_add(1, Ordering::Relaxed);
        self.lost.fetch_add(lost, Ordering::Relaxed);
    }

    /// The counters, beside what the hub holds now.
    pub(super) fn figures(&self, state: &State) -> Figures {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            events: read(&self.events),
            signals: read(&self.signals),
            signals_dropped: read(&self.signals_dropped),
            deliveries: read(&self.deliveries),
            ring_misses: read(&self.ring_misses),
            resets: read(&self.resets),
            rewinds: read(&self.rewinds),
            lost: read(&self.lost),
            head: state.ring.head(),
            ring_entries: state.ring.entries(),
            lines: state.lines.count(),
            other_nodes: state.presence.other_nodes(),
            presence_dropped: state.presence.dropped(),
        }
    }
}
