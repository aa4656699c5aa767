//! A look at the ring: what a line that is within its reach takes.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::super::heard::Heard;
use super::super::memo::{Memo, Piece};
use super::{Line, Step, heartbeat, joined};
use crate::engine::Audience;

impl Line {
    /// Takes what waits in the ring; once caught up, the signals; else, if it is due, a heartbeat.
    pub(super) fn look(&mut self, memo: &mut Memo) -> Step {
        // Of the time before the look: what changes meanwhile makes what is remembered of it worth nothing.
        let revision = self.shared.revision();
        if let Some(piece) = memo.recall(&self.cursor, self.format, revision)
            && self.generation == Some(piece.generation)
            && self.follows.is_none()
        {
            return self.take_piece(piece, memo.in_row);
        }
        let shared = Arc::clone(&self.shared);
        let state = shared.read();
        if self.generation != Some(state.generation) {
            drop(state);
            return self.find_place();
        }
        let ring = &state.ring;
        if !ring.reaches(self.cursor.at) {
            drop(state);
            return self.fall_behind();
        }
        let has_signals = self.signals_seen < state.signals.end();
        let may_hear = |audience: &Audience, number| shared.rights.may_hear(&self.listener, audience, number);
        let (format, most, mut size) = (self.format, shared.options.batch_bytes, 0);
        let drained = ring.drain(&self.cursor, &may_hear, |heard| {
            size += heard.bytes(format).len();
            size >= most || self.is_moved_by(heard)
        });
        let is_all = drained.upto >= ring.head();
        self.is_level = is_all && !has_signals && !self.is_beat_due;
        self.epoch = state.epochs.id(drained.upto).epoch;
        if !drained.entries.is_empty() {
            let (upto, generation, signals) = (drained.upto, state.generation, state.signals.end());
            drop(state);
            let bytes = joined_in(&drained.entries, format);
            let events = drained.entries.len() as u64;
            shared.counters.deliveries.fetch_add(events, Ordering::Relaxed);
            let piece =
                Piece { bytes: bytes.clone(), upto, epoch: self.epoch, generation, events, is_all, signals };
            memo.note(&self.cursor, format, revision, piece);
            self.cursor.at = upto;
            if let Some(last) = drained.entries.last().filter(|last| self.is_moved_by(last)) {
                self.move_with(last);
            }
            return if bytes.is_empty() { Step::Again } else { Step::Hand(bytes) };
        }
        self.cursor.at = drained.upto;
        if is_all && has_signals {
            let signals = state.signals.after(self.signals_seen, &self.cursor, &may_hear, format);
            self.signals_seen = state.signals.end();
            self.is_level = !self.is_beat_due;
            if !signals.is_empty() {
                return Step::Hand(joined(&signals));
            }
        }
        if self.is_beat_due {
            self.is_beat_due = false;
            self.is_level = true;
            return Step::Hand(heartbeat(format, state.epochs.id(self.cursor.at)));
        }
        Step::Wait
    }

    /// Takes what the last line took. If more was said since, a line in a row has been called for that.
    fn take_piece(&mut self, piece: &Piece, in_row: bool) -> Step {
        self.is_level = in_row && piece.is_all && self.signals_seen == piece.signals && !self.is_beat_due;
        (self.cursor.at, self.epoch) = (piece.upto, piece.epoch);
        self.shared.counters.deliveries.fetch_add(piece.events, Ordering::Relaxed);
        if piece.bytes.is_empty() { Step::Again } else { Step::Hand(piece.bytes.clone()) }
    }
}

fn joined_in(entries: &[Arc<Heard>], format: crate::wire::Format) -> Bytes {
    match entries {
        [only] => only.bytes(format),
        several => joined(&several.iter().map(|heard| heard.bytes(format)).collect::<Vec<_>>()),
    }
}
