//! The commands of a WebSocket as they are written: an object with `ref` and exactly one verb.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::http::rates::Doing;

/// A command, with everything that it may say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    #[serde(rename = "ref")]
    reference: Option<Box<RawValue>>,
    post: Option<Words>,
    signal: Option<Words>,
    edit: Option<Correction>,
    delete: Option<Deletion>,
    react: Option<Reaction>,
    subscribe: Option<Subscription>,
    unsubscribe: Option<Subscription>,
}

/// What somebody wants.
pub enum Verb {
    /// To say something, or (`false`) to signal it.
    Say(Words, bool),
    /// To change a message.
    Edit(Correction),
    /// To delete one.
    Delete(Deletion),
    /// To react to one.
    React(Reaction),
    /// To hear a room more.
    Subscribe(Subscription),
    /// Or one less.
    Unsubscribe(Subscription),
}

impl Verb {
    /// Their names, for those who used none of them.
    pub const NAMES: &str = "one of post, signal, edit, delete, react, subscribe, unsubscribe";

    /// As what it counts.
    pub fn doing(&self) -> Doing {
        match self {
            Verb::Say(..) | Verb::Edit(_) | Verb::Delete(_) | Verb::React(_) => Doing::Change,
            Verb::Subscribe(_) | Verb::Unsubscribe(_) => Doing::Read,
        }
    }
}

impl Command {
    /// What its answer refers to; and the verb, if there is exactly one.
    pub fn verb(self) -> (Option<Box<RawValue>>, Option<Verb>) {
        let mut verbs = [
            self.post.map(|words| Verb::Say(words, true)),
            self.signal.map(|words| Verb::Say(words, false)),
            self.edit.map(Verb::Edit),
            self.delete.map(Verb::Delete),
            self.react.map(Verb::React),
            self.subscribe.map(Verb::Subscribe),
            self.unsubscribe.map(Verb::Unsubscribe),
        ]
        .into_iter()
        .flatten();
        let verb = verbs.next().filter(|_| verbs.next().is_none());
        (self.reference, verb)
    }
}

/// A draft and its room.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pub room: Option<String>,
    pub body: Option<String>,
    pub data: Option<Box<RawValue>>,
    pub key: Option<String>,
    pub reply_to: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// Other words for a message of a room.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    pub room: Option<String>,
    pub message: String,
    pub body: String,
}

/// A message of a room that is to go.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deletion {
    pub room: Option<String>,
    pub message: String,
}

/// A reaction to a message of a room, or its end.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reaction {
    pub room: Option<String>,
    pub message: String,
    pub emoji: String,
    pub on: bool,
}

/// A room, and how many of its newest messages are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    pub room: String,
    pub limit: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_the_verbs_are_those_that_are_understood() {
        let error = serde_json::from_str::<Command>("{\"x\":1}").err().unwrap().to_string();
        let fields: Vec<_> = error.split('`').skip(1).step_by(2).collect();
        assert_eq!(fields[..2], ["x", "ref"]);
        assert_eq!(Verb::NAMES, format!("one of {}", fields[2..].join(", ")));
    }
}
