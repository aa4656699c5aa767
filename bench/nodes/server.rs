//! The server under measurement: a process of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use openline::load::{Process, now};

use crate::binary;

/// A server that runs until this is dropped.
pub struct Server {
    child: Child,
    /// What the system says of it.
    pub process: Process,
    /// Where it listens.
    pub address: SocketAddr,
    folder: Option<PathBuf>,
}

/// Where a server keeps what it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// In a new SQLite file.
    Disk,
    /// In the Redis that listens here: a node among others.
    Redis(SocketAddr),
}

impl Server {
    /// Starts one; a folder for its data is made inside `place`, and removed with it.
    pub fn start(keep: Keep, place: &Path) -> anyhow::Result<Server> {
        let folder = (keep == Keep::Disk).then(|| place.join(format!("bench-{}", now())));
        let mut command = Command::new(binary::openline());
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OPENLINE_"))
        {
            command.env_remove(name);
        }
        // What is measured is the server, not how fast it lets one address speak.
        command.env("OPENLINE_LIMITS_POSTS_PER_SECOND", "0");
        command.env("OPENLINE_LOG", "warn").args(["--listen", "127.0.0.1:0", "--json", "--data"]);
        command.arg(folder.as_deref().unwrap_or(Path::new("memory")));
        if let Keep::Redis(redis) = keep {
            command.arg("--engine").arg(format!("redis://{redis}/0"));
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut first = String::new();
        if let Some(output) = child.stdout.as_mut() {
            BufReader::new(output).read_line(&mut first)?;
        }
        let address = serde_json::from_str::<serde_json::Value>(&first)
            .ok()
            .and_then(|ready| ready["url"].as_str()?.strip_prefix("http://")?.parse().ok());
        let process = Process::of(child.id());
        let server =
            Server { child, process, address: address.unwrap_or(([127, 0, 0, 1], 0).into()), folder };
        anyhow::ensure!(address.is_some(), "the server did not start");
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, and its folder may never have been made.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(folder) = &self.folder {
            let _ = fs::remove_dir_all(folder);
        }
    }
}
