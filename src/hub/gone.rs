//! When the log goes back (a failover that lost the tail, a copy that was put back): what is gone, and
//! whom that concerns. Those who were sent something that is gone are told; nobody else is.

use std::collections::HashSet;

use super::ring::Ring;
use crate::engine::{Audience, Number};

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
    /// What goes from a ring, after the last number that is kept.
    pub fn of(ring: &Ring, kept: Number) -> Self {
        let audiences = ring.reaches(kept).then(|| {
            let lost = ring.entries_after(kept);
            lost.flat_map(|heard| heard.audiences.iter().cloned()).collect()
        });
        Gone { kept, heard: ring.head(), audiences }
    }

    /// Whether nothing that is gone was for this audience, for somebody who had heard up to a number.
    pub fn spares(&self, audience: &Audience, heard: Number) -> bool {
        heard <= self.heard && self.audiences.as_ref().is_some_and(|lost| !lost.contains(audience))
    }

    /// Writes into the log of the server what is gone.
    pub fn report(&self) {
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

/// The last loss, and between which generations it came.
#[derive(Debug, Default)]
pub struct Losses {
    last: Option<(Gone, u64)>,
    /// The generation of the loss before the last.
    before: u64,
}

/// What was lost since somebody looked.
#[derive(Debug)]
pub enum Lost<'a> {
    /// Nothing.
    Nothing,
    /// This.
    Once(&'a Gone),
    /// It is not known any more.
    Unknown,
}

impl Losses {
    /// This is gone since a generation.
    pub fn note(&mut self, gone: Gone, generation: u64) {
        let former = self.last.replace((gone, generation));
        self.before = former.map_or(self.before, |(_, generation)| generation);
    }

    /// What was lost since a generation.
    pub fn since(&self, generation: Option<u64>) -> Lost<'_> {
        match (&self.last, generation) {
            (_, None) => Lost::Unknown,
            (Some((_, at)), Some(seen)) if *at <= seen => Lost::Nothing,
            (Some((gone, _)), Some(seen)) if self.before <= seen => Lost::Once(gone),
            (Some(_), Some(_)) => Lost::Unknown,
            (None, Some(_)) => Lost::Nothing,
        }
    }
}
