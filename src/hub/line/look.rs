//! A look at the ring: what a line that is within its reach takes.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::super::heard::Heard;
use super::super::memo::{Memo, Moment, Piece};
use super::super::replay;
use super::{Behind, Line, Step, heartbeat, joined};
use crate::engine::Audience;

impl Line {
    /// Takes what waits in the ring; once caught up, the signals; else, if it is due, a heartbeat.
    pub(super) fn look(&mut self, memo: &mut Memo) -> Step {
        let state = self.shared.read();
        if self.generation != Some(state.generation) {
            drop(state);
            return self.find_place();
        }
        let ring = &state.ring;
        if !ring.reaches(self.cursor.at) {
            drop(state);
            return self.fall_behind();
        }
        let moment = Moment { head: ring.head(), generation: state.generation, made_anew: ring.made_anew() };
        let is_beat_due = self.slot.is_beat_due();
        let has_signals = self.signals_seen < state.signals.end();
        if let Some(piece) = memo.recall(&self.cursor, self.format, moment)
            && self.follows.is_none()
        {
            self.is_level = piece.upto >= moment.head && !has_signals && !is_beat_due;
            (self.cursor.at, self.epoch) = (piece.upto, piece.epoch);
            self.shared.counters.deliveries.fetch_add(piece.events, Ordering::Relaxed);
            return Step::Hand(piece.bytes);
        }
        let rights = &self.shared.rights;
        let may_hear = |audience: &Audience, number| rights.may_hear(&self.listener, audience, number);
        let (format, most, mut size) = (self.format, self.shared.options.batch_bytes, 0);
        let drained = ring.drain(&self.cursor, &may_hear, |heard| {
            size += heard.bytes(format).len();
            size >= most || self.is_moved_by(heard)
        });
        let from = self.cursor.at;
        let caught_up = drained.upto >= moment.head;
        self.is_level = caught_up && !has_signals && !is_beat_due;
        self.epoch = state.epochs.id(drained.upto).epoch;
        if !drained.entries.is_empty() {
            let alike = self.cursor.only_audience().filter(|audience| rights.is_open(audience)).cloned();
            drop(state);
            self.cursor.at = drained.upto;
            let events = drained.entries.len() as u64;
            let bytes = self.take(&drained.entries);
            if bytes.is_empty() {
                return Step::Again;
            }
            if let Some(audience) = alike {
                let piece = Piece { bytes: bytes.clone(), upto: drained.upto, epoch: self.epoch, events };
                memo.note(audience, format, from, moment, piece);
            }
            return Step::Hand(bytes);
        }
        self.cursor.at = drained.upto;
        if caught_up && has_signals {
            let signals = state.signals.after(self.signals_seen, &self.cursor, &may_hear, format);
            self.signals_seen = state.signals.end();
            self.is_level = !is_beat_due;
            if !signals.is_empty() {
                return Step::Hand(joined(&signals));
            }
        }
        if is_beat_due && self.slot.take_beat() {
            self.is_level = true;
            return Step::Hand(heartbeat(format, state.epochs.id(self.cursor.at)));
        }
        Step::Wait
    }

    /// The ring does not reach back to the cursor: what is missing is read from the log.
    fn fall_behind(&mut self) -> Step {
        let shared = Arc::clone(&self.shared);
        shared.counters.ring_misses.fetch_add(1, Ordering::Relaxed);
        let generation = self.generation.unwrap_or_default();
        let log = replay::from_log(shared, self.cursor.hearing(), self.cursor.at, generation);
        self.behind = Some(Behind::Log(log));
        Step::Again
    }

    fn take(&mut self, entries: &[Arc<Heard>]) -> Bytes {
        if let Some(last) = entries.last()
            && self.is_moved_by(last)
        {
            self.move_with(last);
        }
        self.shared.counters.deliveries.fetch_add(entries.len() as u64, Ordering::Relaxed);
        match entries {
            [only] => only.bytes(self.format),
            several => joined(&several.iter().map(|heard| heard.bytes(self.format)).collect::<Vec<_>>()),
        }
    }
}
