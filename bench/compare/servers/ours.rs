//! Openline itself, and the floors.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::redis;
use super::running::Running;
use crate::{binary, floors};

/// Where Openline keeps what it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Nowhere.
    Memory,
    /// In a new SQLite file.
    Sqlite,
    /// The same with next to no ring, so that what a line missed comes from the file.
    SqliteAlone,
    /// The same with a ring of 1 MiB, which is full after the first posts: then memory does not grow by what is said.
    SqliteSmallRing,
    /// In a Redis of its own.
    Redis,
}

/// One Openline, with its bounds on what an address may do lifted: all load comes from this machine.
pub fn openline(place: &Path, keep: Keep) -> Result<Running> {
    let mut running = Running::new(place)?;
    let mut command = Command::new(binary::openline());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OPENLINE_")) {
        command.env_remove(name);
    }
    for limit in ["POSTS_PER_SECOND", "LINES_PER_ADDRESS", "CONNECTIONS_PER_ADDRESS"] {
        command.env(format!("OPENLINE_LIMITS_{limit}"), "0");
    }
    command.env("OPENLINE_LOG", "warn").args(["--listen", "127.0.0.1:0", "--json", "--data"]);
    match keep {
        Keep::Memory | Keep::Redis => command.arg("memory"),
        Keep::Sqlite | Keep::SqliteAlone | Keep::SqliteSmallRing => {
            command.arg(running.folder().join("data"))
        }
    };
    match keep {
        Keep::SqliteAlone => {
            command.env("OPENLINE_RING_BYTES", "64KiB");
        }
        Keep::SqliteSmallRing => {
            command.env("OPENLINE_RING_BYTES", "1MiB");
        }
        Keep::Redis => {
            let port = redis::start(&mut running, redis::Promise::OnDisk)?;
            command.args(["--engine", &format!("redis://127.0.0.1:{port}/0")]);
        }
        Keep::Memory | Keep::Sqlite => {}
    }
    let first = running.start_and_hear(&mut command)?;
    let ready: serde_json::Value = serde_json::from_str(&first).with_context(|| first.clone())?;
    running.url = ready["url"].as_str().context("its URL")?.to_owned();
    Ok(running)
}

/// One floor: this program, started anew.
pub fn floor(place: &Path, kind: floors::Kind) -> Result<Running> {
    let mut running = Running::new(place)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.current_dir(running.folder());
    running.url = running.start_and_hear(command.args([floors::ARGUMENT, kind.name()]))?;
    Ok(running)
}
