//! The log: entries in the order in which everyone sees them.

use std::sync::Arc;

use bytes::Bytes;

use super::{Document, Epochs, Key, Millis, Number};

/// Those who may hear of an entry, such as `room:lobby`. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Audience(pub Arc<str>);

impl Audience {
    /// An audience by its name.
    pub fn new(name: &str) -> Self {
        Audience(Arc::from(name))
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

/// An answer from the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogPage {
    /// Entries in order.
    Entries {
        /// At most as many as were asked for.
        entries: Vec<Entry>,
        /// All that these audiences may hear up to this number has now been read: at least the last
        /// entry's number, and exactly the head of the log when nothing was left out (also when the
        /// reader asked from a number past the head).
        upto: Number,
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
    /// The next entries, in order. With each its document as it stood when the entry was written,
    /// if the engine has it at hand; else the follower reads it.
    Entries(Vec<(Entry, Option<Document>)>),
    /// Entries up to this number were trimmed before this follower came to read them: it fell
    /// further behind than the log is kept. What follows are the entries after it.
    Trimmed(Number),
    /// A new epoch began: numbers after its first mean other entries now than they did before.
    Epochs(Epochs),
}
