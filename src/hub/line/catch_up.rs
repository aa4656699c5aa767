//! What a line reads that the ring does not reach back to: what stands before the log, or the log.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::BytesMut;

use super::super::ahead::{Kind, Reader};
use super::super::replay::{self, Batch, Lost, Past};
use super::super::shared::Shared;
use super::{Ending, Line, Step, place};
use crate::engine::Audience;

/// About how long an event is, in bytes.
const USUAL_BYTES: usize = 256;

/// What a line reads before it can go on from the ring; the log is that of the audiences it had when the reading began.
pub(super) struct Behind {
    pub(super) kind: Kind,
    pub(super) past: Past,
}

impl Behind {
    /// Of what is named by the epochs of a generation. Also for whoever has locked the state.
    pub(super) fn new(shared: &Arc<Shared>, generation: u64, kind: Kind, past: Past) -> Self {
        let past = Reader::new(Arc::clone(shared), generation, kind).apart(past);
        Behind { kind, past }
    }
}

impl Line {
    /// Whether it reads what is of this kind.
    pub(super) fn is_behind(&self, kind: Kind) -> bool {
        self.behind.as_ref().is_some_and(|behind| behind.kind == kind)
    }

    /// The ring does not reach back to the cursor: what is missing is read from the log.
    pub(super) fn fall_behind(&mut self) -> Step {
        let shared = Arc::clone(&self.shared);
        shared.counters.ring_misses.fetch_add(1, Ordering::Relaxed);
        let generation = self.generation.unwrap_or_default();
        let log = replay::from_log(Arc::clone(&shared), self.cursor.hearing(), self.cursor.at, generation);
        self.behind = Some(Behind::new(&shared, generation, Kind::Log, log));
        Step::Again
    }

    /// Takes the next piece of what stands before the ring.
    pub(super) fn catch_up(&mut self, next: Option<Result<Batch, Lost>>) -> Step {
        match next {
            Some(Ok(batch)) => self.take_batch(&batch),
            None => self.behind = None,
            // What stands before the log is of one moment, and that is over.
            Some(Err(Lost::WentBack)) if self.is_behind(Kind::Given) => self.begin_at_head(place::WENT_BACK),
            Some(Err(Lost::WentBack)) => self.behind = None,
            Some(Err(Lost::Trimmed)) => self.begin_at_head("the log no longer reaches back so far"),
            Some(Err(Lost::Engine(error))) => {
                tracing::warn!(%error, "a line cannot catch up");
                self.behind = None;
                let last = self.end(Ending::Unavailable);
                self.ready.extend(last);
            }
        }
        Step::Again
    }

    fn take_batch(&mut self, batch: &Batch) {
        let shared = Arc::clone(&self.shared);
        let listener = self.listener.clone();
        let may_hear = |audience: &Audience, number| shared.rights.may_hear(&listener, audience, number);
        let can_read_again = self.is_behind(Kind::Log);
        let roughly = (batch.entries.len() * USUAL_BYTES).min(shared.options.batch_bytes);
        let (mut piece, mut upto) = (BytesMut::with_capacity(roughly), batch.upto);
        let mut moved = None;
        for heard in batch.entries.iter().filter(|heard| self.cursor.wants(heard, &may_hear)) {
            shared.counters.deliveries.fetch_add(1, Ordering::Relaxed);
            piece.extend_from_slice(&heard.bytes(self.format));
            if can_read_again && self.is_moved_by(heard) {
                // What follows is read anew, with what the line hears from here on.
                (upto, moved) = (heard.number, Some(Arc::clone(heard)));
                self.behind = None;
                break;
            }
            if piece.len() < shared.options.batch_bytes {
                continue;
            }
            self.ready.push_back(piece.split().freeze());
            if can_read_again {
                // The rest is read when it can be written: a line holds one piece, not a page.
                upto = heard.number;
                self.behind = None;
                break;
            }
        }
        self.hand(piece.freeze());
        self.cursor.at = self.cursor.at.max(upto);
        if let Some(heard) = moved {
            self.move_with(&heard);
        }
        let state = shared.read();
        if self.generation == Some(state.generation) {
            self.epoch = state.epochs.id(self.cursor.at).epoch;
        }
        if state.ring.reaches(self.cursor.at) {
            self.behind = None;
        }
    }
}
