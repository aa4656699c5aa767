//! What the server must bear: being killed over and over, a disk that lies or is full, a crowd, and nodes
//! that die under one.
//!
//! Short by default. `OPENLINE_ROUNDS`, `OPENLINE_LINES` and `OPENLINE_SECONDS` make it long, as
//! `OPENLINE_NODES_LINES` and `OPENLINE_NODES_SECONDS` do for many nodes, and `OPENLINE_SEED` repeats a run.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "whatever fails in a test fails the test")]
#![allow(clippy::print_stdout, reason = "a seed and what was counted are told")]

#[path = "../running/mod.rs"]
mod running;

mod burst;
mod chance;
mod full_disk;
mod killed;
mod many_lines;
mod nodes;
mod room;
mod subscriber;
mod synced;
mod trace;
mod wrapped;

/// A number from the environment, or what it is if nobody says otherwise.
fn setting(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).unwrap_or_default();
    if text.is_empty() { default } else { text.parse().unwrap_or_else(|_| panic!("{name}={text}")) }
}
