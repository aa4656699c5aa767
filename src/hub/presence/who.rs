//! Who is here: a person, or a program that nobody has put a name to. Pure.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Under which name somebody counts as being here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// A person, by their id.
    Person(Arc<str>),
    /// A client whose person has no name, by its own.
    Client(Arc<str>),
}

impl Who {
    /// The id of the person, or the name of the client.
    pub fn name(&self) -> &Arc<str> {
        match self {
            Who::Person(name) | Who::Client(name) => name,
        }
    }

    /// What stands before the name in a word, and tells the two apart.
    pub fn mark(&self) -> char {
        match self {
            Who::Person(_) => '@',
            Who::Client(_) => '#',
        }
    }

    /// The person's id, if it is a person.
    pub fn person(&self) -> Option<&Arc<str>> {
        match self {
            Who::Person(id) => Some(id),
            Who::Client(_) => None,
        }
    }
}

impl Serialize for Who {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{}{}", self.mark(), self.name()))
    }
}

impl<'de> Deserialize<'de> for Who {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let marked = String::deserialize(from)?;
        let person = marked.strip_prefix('@').map(|id| Who::Person(id.into()));
        let who = person.or_else(|| marked.strip_prefix('#').map(|name| Who::Client(name.into())));
        who.ok_or_else(|| serde::de::Error::custom("neither a person nor a client"))
    }
}

/// In tests of counts it does not matter who somebody is.
#[cfg(test)]
impl From<&str> for Who {
    fn from(name: &str) -> Self {
        Who::Client(name.into())
    }
}
