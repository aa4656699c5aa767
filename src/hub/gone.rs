//! When the log goes back (a failover that lost the tail, a copy that was put back): what is gone, and
//! whom that concerns. Those who were sent something that is gone are told; nobody else is.

use std::collections::HashSet;

use super::Shared;
use super::ring::Ring;
use crate::engine::{Audience, Epochs, Number, Standing};

/// How many audiences are named in the log when something is lost.
const MOST_NAMED: usize = 20;

/// What was lost when the log went back the last time.
#[derive(Debug)]
pub struct Gone {
    /// The last number that is still what it was.
    pub kept: Number,
    /// The last number that this node had heard.
    pub heard: Number,
    /// Who could hear what is gone; nothing if the ring did not reach back to tell.
    audiences: Option<HashSet<Audience>>,
}

impl Gone {
    fn of(ring: &Ring, kept: Number) -> Self {
        let audiences = ring.reaches(kept).then(|| {
            let lost = ring.entries_after(kept);
            lost.flat_map(|heard| heard.audiences.iter().cloned()).collect()
        });
        Gone { kept, heard: ring.head(), audiences }
    }

    /// Whether nothing that is gone was for this audience, as far as it had been heard here.
    pub fn spares(&self, audience: &Audience) -> bool {
        self.audiences.as_ref().is_some_and(|lost| !lost.contains(audience))
    }

    fn report(&self) {
        let mut names: Vec<&str> = self.audiences.iter().flatten().map(|name| name.0.as_ref()).collect();
        names.sort_unstable();
        let more = names.len().saturating_sub(MOST_NAMED);
        names.truncate(MOST_NAMED);
        tracing::error!(
            kept = %self.kept,
            heard = %self.heard,
            audiences = ?names,
            more_audiences = more,
            "the log went back: entries that were acknowledged are gone; whoever was sent them is told",
        );
    }
}

impl Shared {
    /// The epochs have changed. If the log went back behind what this node has heard, the ring is of no
    /// use; every line looks where it stands.
    pub(super) fn begin_epoch(&self, epochs: Epochs, after: Number) {
        let mut state = self.write();
        let heard = state.ring.head();
        let kept = match epochs.standing(state.epochs.id(heard)) {
            Standing::Known(number) => number,
            Standing::Undone(last) => last.min(heard),
            Standing::Foreign => Number(0),
        };
        let gone = (kept < heard).then(|| Gone::of(&state.ring, kept));
        if let Some(gone) = &gone {
            gone.report();
            self.counters.went_back(heard.0 - kept.0);
        }
        if after != heard {
            state.ring = Ring::new(after, self.options.ring_bytes);
        }
        state.epochs = epochs;
        state.gone = gone;
        state.generation += 1;
        drop(state);
        self.renderer.begin_again();
        self.read().lines.values().for_each(|slot| slot.wake());
    }
}
