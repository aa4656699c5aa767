//! Where a line stands when the epochs have changed under it.

use std::sync::Arc;

use super::super::cursor::FROM_THE_BEGINNING;
use super::{Behind, Line, Step};
use crate::engine::{Audience, Id, Number, Standing};

impl Line {
    /// Whether the epochs have changed since the line looked where it stands.
    pub(super) fn has_moved(&self) -> bool {
        self.generation != Some(self.shared.read().generation)
    }

    /// The epochs have changed. Tells the line `reset` if it was sent something that is gone; if all that
    /// is gone was for others, it goes on after what was kept.
    pub(super) fn find_place(&mut self) -> Step {
        let shared = Arc::clone(&self.shared);
        let state = shared.read();
        // Of what was lost before the last change nothing is known any more.
        let is_next = self.generation.is_some_and(|seen| seen + 1 == state.generation);
        let gone = state.gone.as_ref().filter(|_| is_next);
        self.generation = Some(state.generation);
        if matches!(self.behind, Some(Behind::Given(_))) && is_next && gone.is_none() {
            return Step::Again;
        }
        self.behind = None;
        let spares = |audience: &Audience| gone.is_some_and(|gone| gone.spares(audience));
        let is_known =
            |id: Id| id.number == Number(0) || state.epochs.standing(id) == Standing::Known(id.number);
        let kept = gone.map(|gone| state.epochs.id(gone.kept));

        let mut is_whole = true;
        for (audience, from) in &mut self.cursor.rooms {
            match kept {
                _ if is_known(*from) => {}
                Some(kept) if spares(audience) => *from = kept,
                _ => is_whole = false,
            }
        }
        if !is_known(Id { epoch: self.epoch, number: self.cursor.at }) {
            let was_heard = gone.is_some_and(|gone| self.cursor.at <= gone.heard);
            match kept {
                Some(kept)
                    if was_heard && !self.cursor.everything && self.cursor.rooms.keys().all(spares) =>
                {
                    (self.cursor.at, self.epoch) = (kept.number, kept.epoch);
                }
                _ => is_whole = false,
            }
        }
        if !is_whole {
            drop(state);
            self.begin_at_head("the log went back");
        }
        Step::Again
    }

    /// What was to be heard next is gone: says so, and goes on with what comes from now on.
    pub(super) fn begin_at_head(&mut self, reason: &str) {
        let head = {
            let state = self.shared.read();
            state.epochs.id(state.ring.head())
        };
        self.behind = None;
        (self.cursor.at, self.epoch) = (head.number, head.epoch);
        self.cursor.rooms.values_mut().for_each(|from| *from = FROM_THE_BEGINNING);
        self.say_reset(Some(head), reason);
    }
}
