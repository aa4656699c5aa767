//! The least that a durable commit can cost on this disk: write a piece of a file, `fdatasync`, and again.
//!
//! The file is as large from the beginning as a write-ahead log soon is, and is written over and over as that
//! is: a file that grows would cost several times as much, and the comparison would flatter us.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use openline::load::{Delays, nanos, now};

/// How large the file is, and where it begins anew: about where the server's write-ahead log does.
const TURN: usize = 4 * 1024 * 1024;

/// Writes `bytes` and syncs, waits for a breath, and so on for so long.
pub fn commits(place: &Path, bytes: usize, breath: Duration, time: Duration) -> std::io::Result<Delays> {
    let path = place.join(format!("bare-{}", now()));
    let file = File::create_new(&path)?;
    file.write_all_at(&vec![0x5a; TURN + bytes], 0)?;
    file.sync_all()?;
    let (piece, mut at, mut delays) = (vec![0x5a; bytes], 0, Delays::new());
    let began = Instant::now();
    while began.elapsed() < time {
        let asked = Instant::now();
        file.write_all_at(&piece, at as u64)?;
        file.sync_data()?;
        delays.note(nanos(asked.elapsed()));
        thread::sleep(breath);
        at = if at + bytes > TURN { 0 } else { at + bytes };
    }
    fs::remove_file(path)?;
    Ok(delays)
}
