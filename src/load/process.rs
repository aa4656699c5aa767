//! What the system says of processes: their memory and their processor time, what they write, and what the kernel
//! keeps for connections (Linux).

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
        self.status("VmRSS:")
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

    fn status(self, name: &str) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0))?;
        kib(&status, name).ok_or(io::ErrorKind::InvalidData.into())
    }
}

/// The processes of one server.
#[derive(Debug, Clone)]
pub struct Processes(Vec<Process>);

impl Processes {
    /// The processes with these ids.
    pub fn of(ids: &[u32]) -> Processes {
        Processes(ids.iter().copied().map(Process::of).collect())
    }

    /// The processor time that all of them have used; nothing if there are none.
    pub fn cpu(&self) -> io::Result<Option<Duration>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        self.0.iter().map(|process| process.cpu()).sum::<io::Result<Duration>>().map(Some)
    }

    /// How many bytes they have given the system to write to a disk; nothing if there are none, or they are
    /// somebody else's.
    pub fn written(&self) -> Option<u64> {
        let all: io::Result<u64> = self.0.iter().map(|process| process.written()).sum();
        all.ok().filter(|_| !self.0.is_empty())
    }

    /// The memory that all of them occupy, in KiB, what they share counted once; nothing if there are none.
    pub fn memory(&self) -> io::Result<Option<u64>> {
        let (mut own, mut shared) = (0, 0);
        for process in &self.0 {
            let part = process.status("RssShmem:")?;
            own += process.memory()? - part;
            shared = shared.max(part);
        }
        Ok((!self.0.is_empty()).then_some(own + shared))
    }
}

/// What the kernel keeps for everything (its slabs) and in the buffers of connections, in KiB.
pub fn kernel_memory() -> io::Result<u64> {
    const PAGE: u64 = 4;
    let slabs = kib(&fs::read_to_string("/proc/meminfo")?, "Slab:").unwrap_or_default();
    let sockets = fs::read_to_string("/proc/net/sockstat")?;
    let tcp = sockets.lines().find_map(|line| line.strip_prefix("TCP:")).unwrap_or_default();
    let pages = tcp.split_once("mem ").and_then(|(_, pages)| pages.trim().parse::<u64>().ok());
    Ok(slabs + pages.unwrap_or_default() * PAGE)
}

/// A number of KiB that stands after a name.
fn kib(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_has_memory_and_time() {
        let this = Processes::of(&[std::process::id()]);
        assert!(this.memory().expect("memory").expect("a process") > 1000);
        assert!(this.cpu().expect("time").is_some());
        assert!(this.written().is_some());
        assert_eq!((Processes::of(&[]).memory().expect("none"), Processes::of(&[]).written()), (None, None));
        assert!(kernel_memory().expect("slabs") > 1000);
    }
}
