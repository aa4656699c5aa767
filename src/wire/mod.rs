//! Bytes ⇄ values: how what is said looks on a line. Pure; every parser here is fuzzed.

mod event;
mod id;
pub mod json;
mod message;
pub mod ndjson;
pub mod sse;
pub mod websocket;

pub use event::{Event, EventName, Format, Only, Said, Transport};
pub use id::{BadId, EpochId, Id, Number};
pub use message::{Author, MessageObject, QuoteObject, ReactionObject};
