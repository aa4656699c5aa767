//! The event: one thing that a line carries, and its bytes in each format.

use std::borrow::Cow;

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Id, MessageObject, json, ndjson, sse, websocket};

/// What carries the events of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Server-Sent Events (WHATWG HTML, section 9.2).
    Sse,
    /// One JSON object a line.
    Ndjson,
    /// WebSocket text messages (RFC 6455).
    WebSocket,
}

/// How much of an event a line asked for (`?only=`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Only {
    /// The whole object.
    #[default]
    Event,
    /// `only=data`: just the body as it was said.
    Data,
    /// `only=json`: just the JSON `data`.
    Json,
}

/// Which bytes a line wants. All lines of one format share them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Format {
    /// What carries them.
    pub transport: Transport,
    /// How much of an event they show.
    pub only: Only,
}

impl Format {
    /// How many formats there are.
    pub const COUNT: usize = 9;

    /// A number below [`COUNT`](Format::COUNT) for each format.
    pub fn index(self) -> usize {
        self.transport as usize * 3 + self.only as usize
    }
}

/// The name of an event: one of ours, or the `type` that its author gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventName {
    /// Something that was said; SSE calls it `message` by leaving the name away.
    Message,
    /// A type chosen by the author of a message.
    Custom(String),
    /// One of our own: `hello`, `reset`, `here` and so on.
    Own(&'static str),
}

impl EventName {
    /// Names that mean something to us, and that no author may use.
    pub const RESERVED: [&'static str; 20] = [
        "message",
        "hello",
        "reset",
        "problem",
        "heartbeat",
        "here",
        "typing",
        "presence",
        "ok",
        "ref",
        "open",
        "error",
        "close",
        "edit",
        "delete",
        "reaction",
        "member",
        "room",
        "person",
        "read",
    ];

    /// The name as written.
    pub fn as_str(&self) -> &str {
        match self {
            EventName::Message => "message",
            EventName::Custom(name) => name,
            EventName::Own(name) => name,
        }
    }
}

/// One thing that a line carries.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its place in the log; signals have none.
    pub id: Option<Id>,
    /// What it is.
    pub name: EventName,
    /// The whole object, as JSON on one line.
    pub json: String,
    /// What `only=data` and `only=json` show, if it was said by somebody; our own events show nothing.
    pub said: Option<Said>,
}

/// The part of a message that its author chose.
#[derive(Debug, Clone)]
pub struct Said {
    /// The words.
    pub body: Option<String>,
    /// The JSON.
    pub data: Option<Box<RawValue>>,
}

impl Event {
    /// The event of a message. Of one that was deleted nothing is left that was said.
    pub fn message(object: &MessageObject) -> Self {
        let said = object.deleted.is_none();
        Event {
            id: object.id,
            name: object.kind.clone().map_or(EventName::Message, EventName::Custom),
            json: to_one_line(object),
            said: said.then(|| Said { body: object.body.clone(), data: object.data.clone() }),
        }
    }

    /// One of our own events.
    pub fn own(name: &'static str, id: Option<Id>, object: &impl Serialize) -> Self {
        Event { id, name: EventName::Own(name), json: to_one_line(object), said: None }
    }

    /// The bytes in a format. Empty when that format does not show such an event.
    pub fn encode(&self, format: Format) -> Bytes {
        let Some(shown) = self.shown(format) else {
            return Bytes::new();
        };
        let name = self.name.as_str();
        match (format.transport, format.only) {
            (Transport::Sse, _) => {
                let name = (self.name != EventName::Message).then_some(name);
                sse::event(self.id, name, &shown)
            }
            (Transport::Ndjson, Only::Event) => ndjson::line(name, &shown),
            (Transport::Ndjson, Only::Data) => ndjson::bare(&json::text(&shown)),
            (Transport::Ndjson, Only::Json) => ndjson::bare(&shown),
            (Transport::WebSocket, Only::Event) => websocket::text(ndjson::object(name, &shown).as_bytes()),
            (Transport::WebSocket, _) => websocket::text(shown.as_bytes()),
        }
    }

    /// What a line in this format is shown. Nothing that was said is ever left out.
    fn shown(&self, format: Format) -> Option<Cow<'_, str>> {
        let Some(said) = &self.said else {
            // These carry a resume point or an ending, which an EventSource needs in every form.
            let always = format.transport == Transport::Sse
                && matches!(self.name.as_str(), "hello" | "reset" | "problem");
            return (always || format.only == Only::Event).then_some(Cow::Borrowed(self.json.as_str()));
        };
        Some(match (format.only, &said.body, &said.data) {
            (Only::Event, ..) => Cow::Borrowed(self.json.as_str()),
            (Only::Data, Some(body), _) => Cow::Borrowed(body.as_str()),
            (Only::Data | Only::Json, _, Some(data)) => Cow::Borrowed(data.get()),
            (Only::Json, Some(body), None) => Cow::Owned(json::text(body)),
            (Only::Json, None, None) => Cow::Borrowed("null"),
            (Only::Data, None, None) => Cow::Borrowed(""),
        })
    }
}

/// An object that may hold raw JSON of an author, who may have written it over several lines.
fn to_one_line(object: &impl Serialize) -> String {
    ndjson::one_line(json::text(object)).into_owned()
}

#[cfg(test)]
mod tests;
