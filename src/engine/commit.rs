//! One atomic change: what must hold, what is written, and what others are told of it.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use serde::Serialize;

use super::{Audience, Id, Key, Millis, Number, Version};
use crate::wire::json;

/// Names one attempt to change something, so that repeating it after an unknown outcome is safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token(pub [u8; 16]);

impl Token {
    /// A token that nobody had before: the first half is this process's, at random, and the second counts.
    pub fn fresh() -> Self {
        static PROCESS: LazyLock<u64> = LazyLock::new(|| u64::from_le_bytes(super::random_bytes()));
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Token(((u128::from(*PROCESS) << 64) | u128::from(count)).to_be_bytes())
    }
}

/// Something that must (still) be so for a commit to be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// There is no document under the key, or it has expired.
    Absent(Key),
    /// The document under the key is at this version.
    At(Key, Version),
}

/// A key that is whole, or ends in the number that the commit is about to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberedKey {
    /// Used as it is.
    Plain(Key),
    /// The new number is added as the last part. Only in a commit with an entry.
    WithNumber(Key),
}

impl NumberedKey {
    /// The key itself, once the number is known.
    pub fn resolve(&self, number: Option<Number>) -> Key {
        match (self, number) {
            (NumberedKey::Plain(key), _) | (NumberedKey::WithNumber(key), None) => key.clone(),
            (NumberedKey::WithNumber(key), Some(number)) => key.with_number(number),
        }
    }
}

impl From<Key> for NumberedKey {
    fn from(key: Key) -> Self {
        NumberedKey::Plain(key)
    }
}

/// A document to write, whether or not there was one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// Where.
    pub key: NumberedKey,
    /// The document: JSON in UTF-8.
    pub json: Bytes,
    /// When it ceases to be, or never.
    pub expires: Option<Millis>,
}

/// The entry that a commit adds to the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Who may hear of it; each at most once.
    pub audiences: Vec<Audience>,
    /// What happened, as one word of the layer above.
    pub kind: String,
    /// The document that the entry is about. It need not exist.
    pub document: NumberedKey,
    /// Small facts as JSON, never words that a person wrote.
    pub facts: Option<Bytes>,
    /// When it happened; the log keeps its times in order even if clocks do not.
    pub at: Millis,
}

/// One atomic, conditional change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Repeating a commit with the same token gets the first answer.
    pub token: Token,
    /// All must hold, or nothing is done.
    pub checks: Vec<Check>,
    /// Written after the deletes; a key appears at most once in puts and deletes together.
    pub puts: Vec<Put>,
    /// Removed; a key without a document is no error.
    pub deletes: Vec<Key>,
    /// No entry, no number.
    pub entry: Option<NewEntry>,
    /// What the puts replace was written by a person: like what is deleted, no copy of it is to stay.
    pub erases: bool,
}

impl Commit {
    /// A commit that does nothing yet, with a token of its own.
    pub fn new() -> Self {
        Commit {
            token: Token::fresh(),
            checks: Vec::new(),
            puts: Vec::new(),
            deletes: Vec::new(),
            entry: None,
            erases: false,
        }
    }

    /// It is to hold only while the document under a key is at this version; with none, while there is none.
    pub fn check(&mut self, key: &Key, version: Option<Version>) {
        self.checks.push(match version {
            Some(version) => Check::At(key.clone(), version),
            None => Check::Absent(key.clone()),
        });
    }

    /// Writes a document.
    pub fn put(&mut self, key: impl Into<NumberedKey>, document: &impl Serialize) {
        self.puts.push(Put { key: key.into(), json: to_json(document), expires: None });
    }

    /// Writes a document that ceases to be at a time.
    pub fn put_until(&mut self, key: impl Into<NumberedKey>, document: &impl Serialize, expires: Millis) {
        self.puts.push(Put { key: key.into(), json: to_json(document), expires: Some(expires) });
    }
}

/// A document as it is stored.
pub fn to_json(document: &impl Serialize) -> Bytes {
    json::write(document, Bytes::copy_from_slice)
}

impl Default for Commit {
    fn default() -> Self {
        Self::new()
    }
}

/// What became of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Applied, and as durable as the engine promises.
    Done {
        /// The id that its entry took, if it had one.
        id: Option<Id>,
    },
    /// A check did not hold; nothing was changed.
    Conflict,
}
