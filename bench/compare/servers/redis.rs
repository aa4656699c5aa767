//! A Redis for those that need one.

use std::process::Command;

use anyhow::Result;

use super::running::{Running, ports};

/// What it promises of what it has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// Nothing: it only hands on.
    None,
    /// It is in its file, and within a second on the disk.
    OnDisk,
}

/// Starts one on a free port, as a part of this server.
pub fn start(running: &mut Running, promise: Promise) -> Result<u16> {
    let [port] = ports()?;
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--maxclients", "15000"]);
    command.arg("--dir").arg(running.folder());
    if promise == Promise::OnDisk {
        command.args(["--appendonly", "yes", "--appendfsync", "everysec"]);
    }
    running.start(&mut command)?;
    running.wait_for(port)?;
    Ok(port)
}
