//! One JSON object a line: the same objects as on a WebSocket, under their event's name.

use bytes::Bytes;

/// `{"name":json}`.
pub fn object(name: &str, json: &str) -> String {
    format!("{{\"{name}\":{json}}}")
}

/// `{"name":json}` and a line end.
pub fn line(name: &str, json: &str) -> Bytes {
    bare(&object(name, json))
}

/// A JSON text and a line end.
pub fn bare(json: &str) -> Bytes {
    Bytes::from(format!("{json}\n"))
}
