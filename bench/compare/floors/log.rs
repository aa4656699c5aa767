//! The least that a durable commit can cost on this disk: a piece of a file is written, and `fdatasync`.
//!
//! The file has its whole size from the beginning and is written round and round, as a write-ahead log soon is: a
//! file that grows would cost several times as much, and the comparison would flatter Openline.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// How large the file is.
const SIZE: usize = 4 * 1024 * 1024;
const PAGE: usize = 4096;
/// How much Openline on SQLite gives the system to write for a post that is committed alone, and for [`MANY`] that
/// are committed together, its checkpoints included. How that was found: `write_bytes` of `/proc/PID/io` before and
/// after, divided by what `strace -f -e trace=fdatasync` counted in the same time. One poster, 200 posts a second or
/// as fast as answered: 24,000 to 25,800 bytes, six pages. Batches, made by stopping the process while posts arrived:
/// 33 kB for 4, 56 kB for 18, 75 kB for 35, 82 kB for 46, 88 kB for 52; so 24 pages for 64. Since then each commit writes
/// one page less: 20,800 to 20,900 bytes for a lone one.
const LONE: usize = 5 * PAGE;
const BATCH: usize = 23 * PAGE;
const MANY: f64 = 64.0;

/// The file.
pub struct Log {
    file: File,
    piece: Vec<u8>,
    at: usize,
}

impl Log {
    /// A new one at this path. It is written page by page, as a database does: what is written at once the kernel may keep
    /// in one large piece, and then writes all of that again for each page that changes.
    pub fn create(path: &Path) -> io::Result<Log> {
        let file = File::create_new(path)?;
        for at in (0..SIZE).step_by(PAGE) {
            file.write_all_at(&[0; PAGE], at as u64)?;
        }
        file.sync_all()?;
        Ok(Log { file, piece: vec![0x5a; SIZE], at: 0 })
    }

    /// So many posts are on the disk when this is done.
    pub fn commit(&mut self, posts: usize) -> io::Result<()> {
        let bytes = bytes(posts);
        if self.at + bytes > SIZE {
            self.at = 0;
        }
        self.file.write_all_at(&self.piece[..bytes], self.at as u64)?;
        self.at += bytes;
        self.file.sync_data()
    }
}

/// How much is written for so many posts, in whole pages: what the posts of a batch share, they share the more the
/// more they are, so between the two that were measured it grows with a power of their number, which fits what was
/// measured between them within a tenth or so.
pub fn bytes(posts: usize) -> usize {
    let power = (BATCH as f64 / LONE as f64).ln() / MANY.ln();
    let bytes = LONE as f64 * (posts as f64).powf(power);
    ((bytes / PAGE as f64).round() as usize * PAGE).min(SIZE)
}
