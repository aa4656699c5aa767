//! WebSocket frames (RFC 6455).

use bytes::Bytes;

/// A whole text message in one unmasked frame.
pub fn text(payload: &[u8]) -> Bytes {
    Bytes::copy_from_slice(payload)
}
pub fn ping(payload: &[u8]) -> Bytes {
    Bytes::copy_from_slice(payload)
}
