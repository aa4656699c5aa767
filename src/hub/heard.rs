//! One entry as it is heard: its event, and the bytes that all lines of one format share.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::engine::{Audience, Entry, Key, Number};
use crate::wire::{Event, Format};

/// What became of an entry when it was made into an event.
#[derive(Debug, Clone, Default)]
pub struct Rendering {
    /// What lines hear, in the present state of its document; nothing if the document is gone.
    pub event: Option<Event>,
    /// The client that caused it, for lines that asked for `echo=false`.
    pub client: Option<Arc<str>>,
    /// What must be forgotten everywhere because of it.
    pub erases: Erases,
    /// Who begins or ceases to hear an audience with it.
    pub moves: Option<Arc<Moves>>,
}

/// People who begin or cease to hear an audience. Their lines that follow them do so from this entry on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moves {
    /// Which audience.
    pub audience: Audience,
    /// Those who hear it from now on.
    pub enter: Vec<Arc<str>>,
    /// Those who hear it no more.
    pub leave: Vec<Arc<str>>,
}

impl Moves {
    /// Whether somebody is among them.
    pub fn concerns(&self, person: &Arc<str>) -> bool {
        self.enter.contains(person) || self.leave.contains(person)
    }
}

/// Which earlier events an entry makes every node forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Erases {
    /// None.
    #[default]
    Nothing,
    /// Those about its document.
    Document,
    /// Those about its document, whose key ends in a number, and about all before it under the same key.
    UpToDocument,
}

impl Erases {
    /// Whether an entry about `document` makes nodes forget what is about `other`.
    pub fn covers(self, document: &Key, other: &Key) -> bool {
        match self {
            Erases::Nothing => false,
            Erases::Document => other == document,
            Erases::UpToDocument => other <= document && other.parent() == document.parent(),
        }
    }
}

/// An entry as it stands in the ring, or as it was read from the log.
#[derive(Debug)]
pub struct Heard {
    /// Its place in the log.
    pub number: Number,
    /// Who may hear it.
    pub audiences: Vec<Audience>,
    /// The document that it is about.
    pub document: Key,
    /// The client that caused it.
    pub client: Option<Arc<str>>,
    /// Who begins or ceases to hear an audience with it.
    pub moves: Option<Arc<Moves>>,
    event: Option<Event>,
    frames: [OnceLock<Bytes>; Format::COUNT],
}

impl Heard {
    /// An entry with what became of it.
    pub fn new(entry: Entry, rendering: Rendering) -> Self {
        Heard {
            number: entry.number,
            audiences: entry.audiences,
            document: entry.document,
            client: rendering.client,
            moves: rendering.moves,
            event: rendering.event,
            frames: Default::default(),
        }
    }

    /// Its bytes in a format, made once and shared from then on. Empty if there is nothing to hear.
    pub fn bytes(&self, format: Format) -> Bytes {
        let Some(event) = &self.event else {
            return Bytes::new();
        };
        self.frames[format.index()].get_or_init(|| event.encode(format)).clone()
    }

    /// About how much memory it holds, in bytes, once the usual formats have been asked for.
    pub fn weight(&self) -> usize {
        let words = self.event.as_ref().map_or(0, |event| event.json.len());
        size_of::<Self>() + 4 * words + 64 * self.audiences.len()
    }
}
