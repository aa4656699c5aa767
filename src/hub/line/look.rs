//! A look at the ring: what a line that is within its reach takes.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::super::SIGNAL;
use super::super::heard::Heard;
use super::super::memo::{Memo, Piece};
use super::super::ring::Drained;
use super::super::shared::State;
use super::{Line, Step, heartbeat, joined};
use crate::engine::{Audience, Number};

impl Line {
    /// Takes what waits in the ring; once caught up, the signals; else, if it is due, a heartbeat.
    pub(super) fn look(&mut self, memo: &mut Memo) -> Step {
        // Of the time before the look: what changes meanwhile makes what is remembered of it worth nothing.
        let revision = self.shared.revision();
        if let Some(piece) = memo.recall(&self.cursor, self.format, revision)
            && self.generation == Some(piece.generation)
            && self.follows.is_none()
        {
            let (step, events) = (self.take_piece(piece, memo.in_row), piece.events);
            memo.took(events);
            return step;
        }
        let shared = Arc::clone(&self.shared);
        let state = shared.read();
        if self.generation != Some(state.generation) {
            drop(state);
            return self.find_place();
        }
        if !state.ring.reaches(self.cursor.at) {
            drop(state);
            return self.fall_behind();
        }
        let drained = self.drain(&state);
        let (is_all, signals) = (drained.upto >= state.ring.head(), state.signals.end());
        self.is_level = is_all && self.signals_seen >= signals && !self.is_beat_due;
        self.epoch = state.epochs.id(drained.upto).epoch;
        if drained.entries.is_empty() {
            self.cursor.at = drained.upto;
            return self.look_beside(&state);
        }
        let generation = state.generation;
        drop(state);
        let (upto, epoch, events) = (drained.upto, self.epoch, drained.entries.len() as u64);
        let bytes = joined_in(&drained.entries, self.format);
        shared.counters.deliveries.fetch_add(events, Ordering::Relaxed);
        memo.took(events);
        let piece = Piece { bytes: bytes.clone(), upto, epoch, generation, events, is_all, signals };
        memo.note(&self.cursor, self.format, revision, piece);
        self.cursor.at = upto;
        if let Some(last) = drained.entries.last().filter(|last| self.is_moved_by(last)) {
            self.move_with(last);
        }
        if bytes.is_empty() { Step::Again } else { Step::Hand(bytes) }
    }

    /// As many entries of the ring as it takes in one go, up to one that moves it.
    fn drain(&self, state: &State) -> Drained {
        let may_hear = |audience: &Audience, number| self.may_hear(audience, number);
        let mut size = 0;
        state.ring.drain(&self.cursor, &may_hear, |heard| {
            size += heard.bytes(self.format).len();
            size >= self.shared.options.batch_bytes || self.is_moved_by(heard)
        })
    }

    /// Of a line that is done with the ring: the signals; else, if it is due, a heartbeat.
    fn look_beside(&mut self, state: &State) -> Step {
        if self.signals_seen < state.signals.end() {
            let may_hear = |audience: &Audience, number| self.may_hear(audience, number);
            let mut signals = state.signals.after(self.signals_seen, &self.cursor, &may_hear, self.format);
            if state.signals.are_missed(self.signals_seen) {
                signals.extend(self.who_is_here(state, &may_hear));
            }
            self.signals_seen = state.signals.end();
            self.is_level = !self.is_beat_due;
            if !signals.is_empty() {
                return Step::Hand(joined(&signals));
            }
        }
        if std::mem::take(&mut self.is_beat_due) {
            self.is_level = true;
            return Step::Hand(heartbeat(self.format, state.epochs.id(self.cursor.at)));
        }
        Step::Wait
    }

    /// Who is in all of its rooms: a line that was too slow may have missed that this changed.
    fn who_is_here(&self, state: &State, may_hear: &dyn Fn(&Audience, Number) -> bool) -> Vec<Bytes> {
        let told = self.cursor.rooms.names().filter(|audience| may_hear(audience, SIGNAL));
        let events =
            told.filter_map(|audience| self.shared.renderer.here(audience, &state.presence.here(audience)));
        events.map(|event| event.encode(self.format)).filter(|bytes| !bytes.is_empty()).collect()
    }

    fn may_hear(&self, audience: &Audience, number: Number) -> bool {
        self.shared.rights.may_hear(&self.listener, audience, number)
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
