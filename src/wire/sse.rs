//! Server-Sent Events (WHATWG HTML, section 9.2): how events are written, and a reader for clients.

use bytes::Bytes;

use super::Id;

/// An event. `name` is left away for plain messages; each line of `data` gets a `data:` of its own.
pub fn event(id: Option<Id>, name: Option<&str>, data: &str) -> Bytes {
    let _ = (id, name, data);
    Bytes::new()
}
pub fn mark(id: Id) -> Bytes {
    let _ = id;
    Bytes::new()
}
pub fn retry(t: std::time::Duration) -> Bytes {
    let _ = t;
    Bytes::new()
}
