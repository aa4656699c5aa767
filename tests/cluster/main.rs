//! Many nodes on one Redis: real servers, real failures. One file a subject.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "whatever fails in a test fails the test")]
#![allow(clippy::print_stdout, reason = "what was measured is told")]

#[path = "../running/mod.rs"]
mod running;

mod tools;
