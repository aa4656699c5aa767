//! What the last line of each format took from the ring, for the next one: a thousand lines that listen to the same and
//! stand at the same place take the same bytes, and only the first of them has to look for it.

use bytes::Bytes;

use super::cursor::Cursor;
use super::rooms::Rooms;
use crate::engine::{EpochId, Number};
use crate::wire::Format;

/// One thread's memory of the last thing that a line of each format took.
#[derive(Debug, Default)]
pub struct Memo {
    /// One for each format at most: there are few.
    taken: Vec<Taken>,
    /// Whether whoever takes it sits in a row that has its turns: what was said since it was taken calls that again. Anybody
    /// else has to look whether there is more.
    pub in_row: bool,
    /// How often something was taken, and how many events that were, since it was last asked.
    tally: (u64, u64),
}

/// What a line took whose rooms all may hear.
#[derive(Debug)]
struct Taken {
    rooms: Rooms,
    format: Format,
    from: Number,
    /// Of the hub: it changes when what was taken may not be so any more.
    revision: u64,
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
    /// The epochs that whoever takes it must have looked at.
    pub generation: u64,
    /// How many events it is.
    pub events: u64,
    /// Whether it was all that there was.
    pub is_all: bool,
    /// Where the signals ended.
    pub signals: u64,
}

impl Memo {
    /// What a line at this cursor takes, if the last one stood at the same place and listens to the same.
    pub fn recall(&self, cursor: &Cursor, format: Format, revision: u64) -> Option<&Piece> {
        let taken = self.taken.iter().find(|taken| taken.format == format)?;
        let is_same = taken.from == cursor.at
            && taken.revision == revision
            && taken.rooms.is(&cursor.rooms)
            && cursor.is_plain();
        is_same.then_some(&taken.piece)
    }

    /// Remembers what a line took that stood at this cursor, if whoever stands there takes the same.
    pub fn note(&mut self, cursor: &Cursor, format: Format, revision: u64, piece: Piece) {
        if cursor.is_plain() && cursor.rooms.is_open() {
            let taken = Taken { rooms: cursor.rooms.clone(), format, from: cursor.at, revision, piece };
            match self.taken.iter_mut().find(|before| before.format == format) {
                Some(before) => *before = taken,
                None => self.taken.push(taken),
            }
        }
    }

    /// A line took so many events at once.
    pub fn took(&mut self, events: u64) {
        self.tally = (self.tally.0 + 1, self.tally.1 + events);
    }

    /// Whether those who took something since this was last asked took more than one event each, about; nothing if nobody
    /// took anything.
    pub fn were_joined(&mut self) -> Option<bool> {
        let (times, events) = std::mem::take(&mut self.tally);
        (times > 0).then(|| events >= 2 * times)
    }

    /// Forgets it.
    pub fn clear(&mut self) {
        self.taken.clear();
    }
}
