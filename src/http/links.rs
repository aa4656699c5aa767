//! Paths of rooms and messages, and the `Link` headers that lead to them.

use std::borrow::Cow;

use http::header::{self, HeaderMap, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::chat::RoomName;
use crate::engine::Id;

/// What stands for itself in a path: what names may have besides letters and digits.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A text as one part of a path, or the value of a parameter.
pub fn segment(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, IN_PATH).into()
}

/// The path of a room.
pub fn room_path(room: &RoomName) -> String {
    ["/rooms/", &segment(room.as_str())].concat()
}

/// The path of one message.
pub fn message_path(room: &RoomName, id: Id) -> String {
    [&room_path(room), "/", &id.to_string()].concat()
}

/// Adds a `Link` (RFC 8288).
pub fn add_link(headers: &mut HeaderMap, path: &str, relation: &str, kind: Option<&str>) {
    let kind = kind.map(|kind| ["; type=\"", kind, "\""].concat()).unwrap_or_default();
    if let Ok(value) = HeaderValue::try_from(["<", path, ">; rel=\"", relation, "\"", &kind].concat()) {
        headers.append(header::LINK, value);
    }
}
