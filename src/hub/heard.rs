//! One entry as it is heard: its event, and the bytes that all lines of one format share.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::engine::{Audience, Entry, Key, Millis, Number};
use crate::wire::{Event, Format};

/// What became of an entry when it was made into an event.
#[derive(Debug, Clone, Default)]
pub struct Rendering {
    /// What lines hear, in the present state of its document; nothing if the document is gone.
    pub event: Option<Event>,
    /// The client that caused it, for lines that asked for `echo=false`.
    pub client: Option<Arc<str>>,
    /// Whose earlier events read differently everywhere because of it.
    pub erases: Erases,
    /// Another document of whose words the event has some.
    pub quotes: Option<Key>,
    /// Rights are asked as if it were this old: a change of something says what that thing was.
    pub rights_of: Option<Number>,
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

/// Which earlier events read differently because of an entry: every node makes them anew as they read now, and
/// forgets those that are no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Erases {
    /// None.
    #[default]
    Nothing,
    /// Those about its document, or with words of it.
    Document,
    /// The same for its document, whose key ends in a number, and all before it under the same key.
    UpToDocument,
}

impl Erases {
    /// Where keys begin of what an entry about `document` changes: none comes before this, and none after `document`.
    pub fn first(self, document: &Key) -> Option<Key> {
        match self {
            Erases::Nothing => None,
            Erases::Document => Some(document.clone()),
            Erases::UpToDocument => Some(
                document
                    .parent()
                    .map_or_else(|| document.clone(), |parent| Key::from_stored(format!("{parent}/"))),
            ),
        }
    }

    /// Whether an entry about `document` changes what is about `other`.
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
    /// Rights are asked as if it had this number.
    pub rights_of: Number,
    /// Who may hear it.
    pub audiences: Vec<Audience>,
    /// The document that it is about.
    pub document: Key,
    /// Another document of whose words it has some.
    pub quotes: Option<Key>,
    /// The client that caused it.
    pub client: Option<Arc<str>>,
    /// Who begins or ceases to hear an audience with it.
    pub moves: Option<Arc<Moves>>,
    /// What of its entry is not above.
    kind: String,
    at: Millis,
    facts: Option<Bytes>,
    event: Option<Event>,
    frames: [OnceLock<Bytes>; Format::COUNT],
}

impl Heard {
    /// An entry with what became of it.
    pub fn new(entry: Entry, rendering: Rendering) -> Self {
        Heard {
            number: entry.number,
            rights_of: rendering.rights_of.unwrap_or(entry.number),
            quotes: rendering.quotes,
            kind: entry.kind,
            at: entry.at,
            facts: entry.facts,
            audiences: entry.audiences,
            document: entry.document,
            client: rendering.client,
            moves: rendering.moves,
            event: rendering.event,
            frames: Default::default(),
        }
    }

    /// The entry itself, to be made into an event anew.
    pub fn entry(&self) -> Entry {
        Entry {
            number: self.number,
            at: self.at,
            audiences: self.audiences.clone(),
            kind: self.kind.clone(),
            document: self.document.clone(),
            facts: self.facts.clone(),
        }
    }

    /// Whether there is anything to hear.
    pub fn is_heard(&self) -> bool {
        self.event.is_some()
    }

    /// Its bytes in a format, made once and shared from then on. Empty if there is nothing to hear.
    pub fn bytes(&self, format: Format) -> Bytes {
        let Some(event) = &self.event else {
            return Bytes::new();
        };
        self.frames[format.index()].get_or_init(|| event.encode(format)).clone()
    }

    /// About how many bytes a line is sent for it.
    pub fn length(&self) -> usize {
        self.event.as_ref().map_or(0, |event| event.json.len())
    }

    /// About how much memory it holds, in bytes, once the usual formats have been asked for.
    pub fn weight(&self) -> usize {
        let listed = self.audiences.len() + 1 + usize::from(self.quotes.is_some());
        size_of::<Self>() + 4 * self.length() + 64 * listed
    }
}
