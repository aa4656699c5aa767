//! A message as everybody sees it, from its document and its author's present name.

use jiff::Timestamp;

use super::Person;
use super::people::author;
use super::schema::MessageDocument;
use crate::engine::{Id, Millis};
use crate::wire::MessageObject;

/// A time as it is written on the wire: RFC 3339 in UTC, with milliseconds.
pub fn time(at: Millis) -> String {
    let time = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{time:.3}")
}

/// A message as everybody sees it.
pub(super) fn message_object(
    id: Option<Id>,
    room: &str,
    document: MessageDocument,
    by: Option<Person>,
) -> MessageObject {
    MessageObject {
        id,
        room: room.to_owned(),
        at: time(document.at),
        by: by.map(author),
        body: document.body,
        data: document.data,
        reply_to: document.reply_to,
        kind: document.kind,
        key: document.key,
    }
}
