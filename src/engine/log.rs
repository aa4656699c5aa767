//! The log: entries in the order in which everyone sees them.

use std::sync::Arc;

use bytes::Bytes;

use super::{Document, EpochId, Epochs, Key, Millis, Number};
use crate::wire::json;

/// Those who may hear of an entry, such as `room:lobby`. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Audience(pub Arc<str>);

impl Audience {
    /// An audience by its name.
    pub fn new(name: &str) -> Self {
        Audience(Arc::from(name))
    }

    /// Several of them as stores keep them: a JSON array of their names.
    pub(super) fn write(audiences: &[Audience]) -> String {
        let names: Vec<&str> = audiences.iter().map(|audience| &*audience.0).collect();
        json::text(&names)
    }
}

/// One change that others hear of. It names its document and does not contain it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the log.
    pub number: Number,
    /// When it was written; never earlier than the entry before it.
    pub at: Millis,
    /// Who may hear of it.
    pub audiences: Vec<Audience>,
    /// What happened, as one word of the layer above.
    pub kind: String,
    /// The document that it is about.
    pub document: Key,
    /// Small facts as JSON.
    pub facts: Option<Bytes>,
}

/// Whose entries a reader of the log asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hearing {
    /// Every entry.
    Everything,
    /// The entries of at least one of these audiences.
    Of(Vec<Audience>),
}

/// An answer from the log, all of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogPage {
    /// Entries in order.
    Entries {
        /// At most as many as were asked for, each with its document, if there is (still) one.
        entries: Vec<(Entry, Option<Document>)>,
        /// All that these audiences may hear up to this number has now been read: at least the last
        /// entry's number, and exactly the head of the log when nothing was left out (also when the
        /// reader asked from a number past the head).
        upto: Number,
        /// The last epoch of the log. If it is not the one that the reader knows, the log has gone back
        /// or been moved, and these numbers may not mean what the reader takes them for.
        epoch: EpochId,
    },
    /// An entry *of these audiences* after the number that was asked from has been trimmed.
    Expired {
        /// The last of them that was trimmed.
        trimmed: Number,
    },
}

/// What a follower of the log hears.
#[derive(Debug, Clone, PartialEq)]
pub enum Tidings {
    /// The next entries, in order. With each its document as it stood when the entry was written or
    /// stands now, if the engine has it at hand; else the follower reads it.
    Entries(Vec<(Entry, Option<Document>)>),
    /// Entries up to this number were trimmed before this follower came to read them: it fell
    /// further behind than the log is kept. What follows are the entries after it.
    Trimmed(Number),
    /// The epochs are not what they were: a new one began, or the log went back.
    Epochs {
        /// What they are now.
        epochs: Epochs,
        /// What follows are the entries after this number: where the follower was if all that it was
        /// handed is still so, else the head of the log.
        after: Number,
    },
}
