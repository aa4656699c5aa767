//! Openline: a chat and push server in one binary.
//!
//! ```text
//! POST /rooms/lobby ─► http ─► chat (may they? is it valid?) ─► engine.commit ─► number 1027
//!                                                                    │ the log, in order
//!   every open line ◄─ http (SSE │ WebSocket │ NDJSON) ◄─ hub ◄──────┘
//! ```
//!
//! Knowledge goes one way: `wire → engine → hub → chat → outbound → http, cli → server → main`; each
//! uses only what stands to its left. Nobody hands an event to the hub but the log: what is seen live
//! is what is stored, in the same order, on every machine.
//!
//! - [`wire`]: bytes ⇄ values; pure, fuzzed
//! - [`engine`]: what is remembered; an ordered key-value store with a numbered log
//! - [`hub`]: who is listening; a ring shared by all, and a cursor for each line
//! - [`chat`]: what people do; the documents, and the rules
//! - [`http`]: the doors; one file a resource, one a transport
//! - [`cli`]: one file a command
//! - [`load`]: the load generator of `openline bench`, `bench/` and the endurance tests
//! - [`config`], [`server`]: one struct of settings, and the house built from it bottom-up

pub mod chat;
pub mod cli;
pub mod config;
pub mod engine;
pub mod http;
pub mod hub;
pub mod load;
pub mod server;
pub mod wire;
