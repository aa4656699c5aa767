//! What the system says of a process: its memory, its processor time and what it writes (Linux).

use std::fs;
use std::io;
use std::time::Duration;

/// How often a second the kernel counts time; 100 on every Linux there is.
const TICKS: u64 = 100;

/// A process, by its id.
#[derive(Debug, Clone, Copy)]
pub struct Process(u32);

impl Process {
    /// The process with this id.
    pub fn of(id: u32) -> Process {
        Process(id)
    }

    /// The memory that it occupies, in KiB.
    pub fn memory(self) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        kib.ok_or(io::ErrorKind::InvalidData.into())
    }

    /// The processor time that it has used, its own and the kernel's for it.
    pub fn cpu(self) -> io::Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0))?;
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
    pub fn written(self) -> io::Result<u64> {
        let counts = fs::read_to_string(format!("/proc/{}/io", self.0))?;
        let count = counts.lines().find_map(|line| line.strip_prefix("write_bytes: "));
        count.and_then(|count| count.parse().ok()).ok_or(io::ErrorKind::InvalidData.into())
    }
}
