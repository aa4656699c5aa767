//! Bytes ⇄ values: how what is said looks on a line. Pure; every parser here is fuzzed.

mod event;
mod id;
pub mod ndjson;
pub mod sse;
pub mod websocket;

pub use event::{Author, Event, EventName, Format, MessageObject, Only, Said, Transport};
pub use id::{BadId, EpochId, Id, Number};
