//! What the hub counts, for the metrics.

use std::sync::atomic::{AtomicU64, Ordering};

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
}
