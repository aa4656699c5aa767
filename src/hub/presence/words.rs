//! What nodes say to each other about who is here: their words, as bytes. Pure.
//!
//! A word is a signal like any other of the engine, and begins with a character that no JSON begins
//! with. What cannot be read is nobody's word, and nothing comes of it.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::who::Who;
use crate::engine::{Audience, random_bytes};

/// How a word of the hub begins; what the layer above says must begin otherwise.
const ENVELOPE: u8 = b'~';
/// Longer words are not read, in bytes.
const MOST_BYTES: usize = 1 << 20;
/// What a change takes at most beside its names, in bytes.
const CHANGE_BYTES: usize = 64;

/// One start of one node. Made anew each time, so that nothing said before is taken for now.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u64);

impl NodeId {
    /// One that no other node has.
    pub fn random() -> Self {
        NodeId(u64::from_le_bytes(random_bytes()))
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A word, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Who says it.
    pub node: NodeId,
    /// What they say.
    pub word: Word,
}

/// What a node says of its people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Word {
    /// Some came, some left. Steps are counted, so that a missing one is noticed at the next.
    Changes {
        /// One more than at the changes before.
        step: u64,
        /// Room by room.
        changes: Vec<Change>,
    },
    /// What its picture comes to, also said when nothing changes: a sign of life.
    Digest {
        /// The last step.
        step: u64,
        /// The [`hash`](super::picture::Picture::hash).
        hash: u64,
        /// How many rooms its people are in.
        rooms: usize,
    },
    /// Who is there? The named nodes answer with a list; all, if none is named.
    Ask {
        /// Who is asked.
        of: Vec<NodeId>,
    },
    /// Everybody, in pieces that only together mean something.
    List {
        /// After which step.
        step: u64,
        /// Which piece, from 0.
        piece: usize,
        /// How many pieces there are.
        pieces: usize,
        /// What makes this picture out of an empty one.
        changes: Vec<Change>,
    },
    /// It ends; its people will come back elsewhere.
    Goodbye,
}

/// What changed in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Which room.
    #[serde(serialize_with = "write_room", deserialize_with = "read_room")]
    pub room: Audience,
    /// What.
    pub what: What,
}

/// In which way a room changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// There are now so many that only their count is told; or nobody.
    Count(u32),
    /// Some came and some left. Whoever comes to a mere count replaces it.
    People {
        /// Who came.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        came: Vec<Who>,
        /// Who left.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left: Vec<Who>,
    },
}

impl Said {
    /// Whether a signal is a word between hubs, and not one of the layer above.
    pub fn is_one(payload: &[u8]) -> bool {
        payload.first() == Some(&ENVELOPE)
    }

    /// The word in a signal, if it can be understood.
    pub fn read(payload: &[u8]) -> Option<Self> {
        let word = payload.strip_prefix(&[ENVELOPE]).filter(|word| word.len() <= MOST_BYTES)?;
        serde_json::from_slice(word).ok()
    }

    /// As a signal.
    pub fn write(&self) -> Bytes {
        let mut payload = vec![ENVELOPE];
        #[expect(clippy::expect_used, reason = "structs of integers and strings cannot fail to serialize")]
        serde_json::to_writer(&mut payload, self).expect("serializable");
        payload.into()
    }
}

impl Change {
    /// About how many bytes it takes in a word, and rather more than fewer.
    pub fn bytes(&self) -> usize {
        let names = match &self.what {
            What::Count(_) => 0,
            What::People { came, left } => {
                came.iter().chain(left).map(|who| 1 + name_bytes(who.name())).sum()
            }
        };
        CHANGE_BYTES + name_bytes(&self.room.0) + names
    }
}

/// Its quotes and comma with it, and what has to be escaped.
fn name_bytes(name: &str) -> usize {
    name.bytes()
        .map(|byte| if byte < b' ' { 6 } else { 1 + usize::from(matches!(byte, b'"' | b'\\')) })
        .sum::<usize>()
        + 3
}

fn write_room<S: Serializer>(room: &Audience, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&room.0)
}

fn read_room<'de, D: Deserializer<'de>>(from: D) -> Result<Audience, D::Error> {
    String::deserialize(from).map(|name| Audience(name.into()))
}
