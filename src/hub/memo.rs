//! What the last line took from the ring, for the next one: a thousand lines of one room that stand at the same
//! place take the same bytes, and only the first of them has to look for it.

use bytes::Bytes;

use super::cursor::Cursor;
use crate::engine::{Audience, EpochId, Number};
use crate::wire::Format;

/// One thread's memory of the last thing that a line took.
#[derive(Debug, Default)]
pub struct Memo(Option<Taken>);

/// What a line took that listens to one audience, which all may hear.
#[derive(Debug)]
struct Taken {
    audience: Audience,
    format: Format,
    from: Number,
    moment: Moment,
    piece: Piece,
}

/// A piece of the ring.
#[derive(Debug, Clone)]
pub struct Piece {
    /// What is written.
    pub bytes: Bytes,
    /// The line is done with everything up to here.
    pub upto: Number,
    /// The epoch of that number.
    pub epoch: EpochId,
    /// How many events it is.
    pub events: u64,
}

/// When something was taken: what was taken at the same moment from the same place is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The ring's head.
    pub head: Number,
    /// The epochs.
    pub generation: u64,
    /// How often entries of the ring had been made anew.
    pub made_anew: u64,
}

impl Memo {
    /// What a line at this cursor takes, if the last one stood at the same place at the same moment.
    pub fn recall(&self, cursor: &Cursor, format: Format, moment: Moment) -> Option<Piece> {
        let taken = self.0.as_ref()?;
        let is_same = taken.from == cursor.at && taken.format == format && taken.moment == moment;
        (is_same && cursor.hears_all_of(&taken.audience)).then(|| taken.piece.clone())
    }

    /// Remembers what a line took that stood at `from`, and listens to this audience only, which is open to all.
    pub fn note(&mut self, audience: Audience, format: Format, from: Number, moment: Moment, piece: Piece) {
        self.0 = Some(Taken { audience, format, from, moment, piece });
    }

    /// Forgets it: what was said may be deleted meanwhile.
    pub fn clear(&mut self) {
        self.0 = None;
    }
}
