//! Where a line stands when the epochs have changed under it.

use std::sync::Arc;

use super::super::ahead::Kind;
use super::super::gone::Lost;
use super::{Line, Step};
use crate::engine::{Audience, Id, Number, Standing};

/// Why a line is reset whose place is gone.
pub(super) const WENT_BACK: &str = "the log went back";

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
        let lost = state.losses.since(self.generation);
        self.generation = Some(state.generation);
        let kept = match lost {
            Lost::Once(gone) => Some(state.epochs.id(gone.kept)),
            Lost::Nothing | Lost::Unknown => None,
        };
        if self.is_behind(Kind::Given) {
            // What stands before the log is of one moment, and that may be over.
            let is_over = !matches!(lost, Lost::Nothing);
            drop(state);
            if is_over {
                self.begin_at_head(WENT_BACK);
            }
            return Step::Again;
        }
        self.behind = None;
        let spares = |audience: &Audience, heard: Number| match lost {
            Lost::Once(gone) => gone.spares(audience, heard),
            Lost::Nothing | Lost::Unknown => false,
        };
        let is_known =
            |id: Id| id.number == Number(0) || state.epochs.standing(id) == Standing::Known(id.number);

        let (mut is_whole, mut spared) = (true, Vec::new());
        for (audience, from) in self.cursor.rooms.iter() {
            match kept {
                _ if is_known(*from) => {}
                Some(kept) if spares(audience, from.number) => spared.push((audience.clone(), kept)),
                _ => is_whole = false,
            }
        }
        spared.into_iter().for_each(|(audience, kept)| self.cursor.rooms.hear(audience, kept));
        if !is_known(Id { epoch: self.epoch, number: self.cursor.at }) {
            let all_spared = || self.cursor.rooms.names().all(|audience| spares(audience, self.cursor.at));
            match kept {
                Some(kept) if !self.cursor.everything && all_spared() => {
                    (self.cursor.at, self.epoch) = (kept.number, kept.epoch);
                }
                _ => is_whole = false,
            }
        }
        if !is_whole {
            drop(state);
            self.begin_at_head(WENT_BACK);
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
        self.cursor.rooms.forget_ids();
        self.say_reset(Some(head), reason);
    }
}
