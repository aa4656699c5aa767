//! WebSocket (RFC 6455), the server's side of it.
//!
//! A server's frames are not masked, so that a frame is made once and all who get it share the bytes.
//! What clients send is read strictly: what the RFC forbids is a [`Violation`], never a guess.

mod frame;
mod handshake;
mod reader;
#[cfg(test)]
mod tests;

pub use frame::{close, ping, pong, text};
pub use handshake::accept_key;
pub use reader::{Incoming, Reader, Violation};
