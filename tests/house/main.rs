//! Black-box tests of the wire: a real server, real sockets, and the promises that clients rely on. One
//! file a subject.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "whatever fails in a test fails the test")]

#[path = "../running/mod.rs"]
mod running;

mod accounts;
mod bad_input;
mod bots;
mod client;
mod codes;
mod deleted;
mod described;
mod hostile;
mod keys;
mod large;
mod life;
mod links;
mod messages;
mod moving;
mod moving_redis;
mod people;
mod presence;
mod rates;
mod raw;
mod reading;
mod regressions;
mod rooms;
mod sessions;
mod slow;
mod socket;
mod somebody;
mod streams;
mod typing;
mod websocket;
