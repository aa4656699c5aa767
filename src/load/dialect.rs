//! How a server is listened to and spoken to: ours, or another whose ways are written in a file.

use std::collections::BTreeMap;
use std::fmt;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::reader::Greeting;

/// What carries the events of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lower")]
pub enum Carrier {
    /// Server-Sent Events
    Sse,
    /// WebSocket
    WebSocket,
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_possible_value().map_or(Ok(()), |word| f.pad(word.get_name()))
    }
}

/// The ways of one server. In all paths, headers, bodies and texts `{room}` stands for the name of a room.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialect {
    /// How a line is opened.
    pub listen: Listen,
    /// How something is said.
    pub post: Post,
    /// How a line goes on where it was.
    #[serde(default)]
    pub resume: Resume,
}

/// How a line is opened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// Where, if not at the server's own URL: `http://` and a host and port.
    #[serde(default)]
    pub url: Option<String>,
    /// The path.
    pub path: String,
    /// The path of a line that hears several rooms. It names two: what stands between them is put between all.
    #[serde(default)]
    pub path_for_several: Option<String>,
    /// The path of a line that hears a room from its beginning, if it is another.
    #[serde(default)]
    pub path_from_start: Option<String>,
    /// Headers, besides `Host` and those of a WebSocket's handshake.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Texts that are sent after a WebSocket's handshake; one that names a room is sent for each.
    #[serde(default)]
    pub say: Vec<String>,
    /// By what a line knows that it was taken in: `head` of the answer, the first `event`, or `{"text": …}`.
    #[serde(default)]
    pub greeted: Greeted,
    /// How many lines are opened at a time before those are greeted, if the server takes no more [default: 200].
    #[serde(default)]
    pub at_a_time: Option<usize>,
    /// Between what an event's id stands, before the message's text; for SSE the `id:` if nothing is said.
    #[serde(default)]
    pub id: Option<Between>,
}

/// By what a line knows that the server has taken it in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Greeted {
    /// The head of the answer.
    #[default]
    Head,
    /// The first bytes after it.
    Event,
    /// These bytes.
    Text(String),
}

/// Two texts, and what is between them is meant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Between {
    /// What stands before it.
    pub after: String,
    /// What stands behind it.
    pub until: String,
}

/// How something is said.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// Where, if not at the server's own URL: `http://` and a host and port.
    #[serde(default)]
    pub url: Option<String>,
    /// The method.
    #[serde(default = "default_method")]
    pub method: String,
    /// The path.
    pub path: String,
    /// Headers, besides `Host` and `Content-Length`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body, in which `{body}` stands for the message.
    #[serde(default = "default_body")]
    pub body: String,
}

fn default_method() -> String {
    "POST".to_owned()
}

fn default_body() -> String {
    "{body}".to_owned()
}

/// How a line goes on after the last event that it has heard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resume {
    /// It cannot.
    #[default]
    None,
    /// By the header `Last-Event-ID`.
    LastEventId,
    /// By `since=` and the id in the query.
    Since,
}

impl Dialect {
    /// Our own.
    pub fn ours(carrier: Carrier) -> Dialect {
        let is_sse = carrier == Carrier::Sse;
        let accept = is_sse.then(|| ("Accept".to_owned(), "text/event-stream".to_owned()));
        let greeted = if is_sse { "event: hello" } else { "{\"hello\":" };
        let id = Between { after: "{\"message\":{\"id\":\"".to_owned(), until: "\"".to_owned() };
        let listen = Listen {
            url: None,
            path: "/rooms/{room}".to_owned(),
            path_for_several: Some("/stream?room={room}&room={room}".to_owned()),
            path_from_start: Some("/rooms/{room}?since=all".to_owned()),
            headers: accept.into_iter().collect(),
            say: Vec::new(),
            greeted: Greeted::Text(greeted.to_owned()),
            at_a_time: None,
            id: (!is_sse).then_some(id),
        };
        let post = Post {
            url: None,
            method: default_method(),
            path: "/rooms/{room}".to_owned(),
            headers: BTreeMap::from([("Content-Type".to_owned(), "text/plain".to_owned())]),
            body: default_body(),
        };
        let resume = if is_sse { Resume::LastEventId } else { Resume::Since };
        Dialect { listen, post, resume }
    }

    /// By what a line knows that it was taken in.
    pub fn greeting(&self) -> Greeting {
        match &self.listen.greeted {
            Greeted::Head => Greeting::Head,
            Greeted::Event => Greeting::Event,
            Greeted::Text(text) => Greeting::Text(text.clone().into_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::request::Start;

    fn rooms(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_file_may_leave_out_what_is_usual() {
        let text = r#"{"listen":{"path":"/sub/{room}","path_for_several":"/sub/{room},{room}?x",
            "greeted":{"text":"40"},"say":["40","42[\"join\",\"{room}\"]"]},"post":{"path":"/pub/{room}"},
            "resume":"last-event-id"}"#;
        let dialect: Dialect = serde_json::from_str(text).expect("a dialect");
        assert_eq!(dialect.say(&rooms(&["a", "b"])), ["40", "42[\"join\",\"a\"]", "42[\"join\",\"b\"]"]);
        assert_eq!(dialect.greeting(), Greeting::Text(b"40".to_vec()));
        let asked = dialect.listen(Carrier::Sse, "h", &rooms(&["a", "b"]), Start::Now);
        assert!(asked.starts_with(b"GET /sub/a,b?x HTTP/1.1\r\n"));
        assert_eq!((dialect.resume, dialect.post.method.as_str()), (Resume::LastEventId, "POST"));
        assert!(
            serde_json::from_str::<Dialect>(r#"{"listen":{"path":"/"},"post":{"path":"/"},"x":1}"#).is_err()
        );
    }
}
