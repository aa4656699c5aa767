//! The least that a durable commit can cost on this disk: append to a file, `fdatasync`, and again.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use super::delays::Delays;

/// Where the file begins anew, as the server's write-ahead log does.
const TURN: u64 = 16 * 1024 * 1024;

/// Appends `bytes` and syncs, over and over for so long.
pub fn commits(place: &Path, bytes: usize, time: Duration) -> std::io::Result<Delays> {
    let path = place.join(format!("bare-{}", super::delays::now()));
    let file = File::create_new(&path)?;
    let (piece, mut at, mut delays) = (vec![0x5a; bytes], 0, Delays::new());
    let began = Instant::now();
    while began.elapsed() < time {
        let asked = Instant::now();
        file.write_all_at(&piece, at)?;
        file.sync_data()?;
        delays.note(u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX));
        at = if at > TURN { 0 } else { at + bytes as u64 };
    }
    fs::remove_file(path)?;
    Ok(delays)
}
