//! The server under measurement: a process of its own, and what the system says of it (Linux).

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How often a second the kernel counts time; 100 on every Linux there is.
const TICKS: u64 = 100;

/// A server that runs until this is dropped.
pub struct Server {
    process: Child,
    /// Where it listens.
    pub address: SocketAddr,
    folder: Option<PathBuf>,
}

/// Where a server keeps what it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// In a new SQLite file.
    Disk,
    /// Nowhere.
    Memory,
}

impl Server {
    /// Starts one; a folder for its data is made inside `place`, and removed with it.
    pub fn start(keep: Keep, place: &Path) -> anyhow::Result<Server> {
        let folder = (keep == Keep::Disk).then(|| place.join(format!("bench-{}", super::delays::now())));
        let mut command = Command::new(env!("CARGO_BIN_EXE_openline"));
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OPENLINE_"))
        {
            command.env_remove(name);
        }
        command.env("OPENLINE_LOG", "warn").args(["--listen", "127.0.0.1:0", "--json", "--data"]);
        command.arg(folder.as_deref().unwrap_or(Path::new("memory")));
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut first = String::new();
        if let Some(output) = process.stdout.as_mut() {
            BufReader::new(output).read_line(&mut first)?;
        }
        let address = serde_json::from_str::<serde_json::Value>(&first)
            .ok()
            .and_then(|ready| ready["url"].as_str()?.strip_prefix("http://")?.parse().ok());
        let server = Server { process, address: address.unwrap_or(([127, 0, 0, 1], 0).into()), folder };
        anyhow::ensure!(address.is_some(), "the server did not start");
        Ok(server)
    }

    /// The memory that it occupies, in KiB.
    pub fn memory(&self) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        kib.ok_or(io::ErrorKind::InvalidData.into())
    }

    /// The processor time that it has used, its own and the kernel's for it.
    pub fn cpu(&self) -> io::Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let ticks: u64 = after_name
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|ticks| ticks.parse::<u64>().ok())
            .sum();
        Ok(Duration::from_millis(ticks * 1000 / TICKS))
    }

    /// How many bytes it has given the system to write to a disk.
    pub fn written(&self) -> io::Result<u64> {
        let counts = fs::read_to_string(format!("/proc/{}/io", self.process.id()))?;
        let count = counts.lines().find_map(|line| line.strip_prefix("write_bytes: "));
        count.and_then(|count| count.parse().ok()).ok_or(io::ErrorKind::InvalidData.into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, and its folder may never have been made.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(folder) = &self.folder {
            let _ = fs::remove_dir_all(folder);
        }
    }
}
