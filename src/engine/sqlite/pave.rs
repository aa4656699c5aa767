//! Zeros ahead of the write-ahead log, so that commits write over them.
//!
//! A commit that makes the file grow waits for the file system's journal as well as for its own bytes, which
//! takes twice as long. SQLite takes zeros for the end of the log, as it does whatever lies behind the last frame.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::open::BUSY;

/// A log that holds less is that of a server at rest, or is emptied every second because something is deleted.
const LEAST: u64 = 64 * 1024;

/// How many zeros there should be ahead at most, in bytes; what is laid is up to twice as much.
const MOST: u64 = 2 * 1024 * 1024;

/// How many bytes are laid in one go, while commits wait: for the kernel to have them, not for the disk.
pub(super) const PIECE: u64 = 256 * 1024;

/// How much is written at a time. The kernel may keep what is written at once in one piece, and write all of that
/// again for each page that changes.
const PAGE: u64 = 4096;

/// How long the file should be made which is so long, and of which so much is used; `None` if that is enough.
pub(super) fn goal(used: u64, length: u64) -> Option<u64> {
    let ahead = used.min(MOST);
    (used >= LEAST && length < used + ahead).then_some(used + 2 * ahead)
}

/// Makes the file of the log so long, by one piece at most, outside of any transaction of this connection.
pub(super) fn pave(connection: &Connection, wal: &Path, length: u64) -> io::Result<()> {
    // Other programs may write to the database too; as long as this one may, they do not. Nor is it worth waiting for them.
    connection.busy_timeout(Duration::ZERO).map_err(io::Error::other)?;
    let begun = connection.execute_batch("BEGIN IMMEDIATE");
    connection.busy_timeout(BUSY).map_err(io::Error::other)?;
    begun.map_err(io::Error::other)?;
    let laid = lay(wal, length);
    connection.execute_batch("ROLLBACK").map_err(io::Error::other)?;
    laid
}

fn lay(wal: &Path, length: u64) -> io::Result<()> {
    let mut file = File::options().write(true).open(wal)?;
    let end = file.seek(SeekFrom::End(0))?;
    if length > end + PIECE {
        return Err(io::Error::other("the log was emptied meanwhile"));
    }
    let mut at = end;
    while at < length {
        let upto = length.min((at / PAGE + 1) * PAGE);
        if let Err(error) = file.write_all(&[0; PAGE as usize][..(upto - at) as usize]) {
            // The database needs the space more.
            file.set_len(end)?;
            return Err(error);
        }
        at = upto;
    }
    Ok(())
}

/// Waits until the disk has what was laid, and knows how long the file is: else the next commit would wait for both.
pub(super) fn settle(wal: &Path) -> io::Result<()> {
    File::options().write(true).open(wal)?.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_again_is_ahead_within_bounds() {
        assert_eq!(goal(0, 0), None);
        assert_eq!(goal(LEAST - 1, LEAST), None);
        assert_eq!(goal(LEAST, LEAST), Some(3 * LEAST));
        assert_eq!(goal(LEAST, 2 * LEAST), None);
        assert_eq!(goal(10 * MOST, 10 * MOST + 1), Some(12 * MOST));
        assert_eq!(goal(10 * MOST, 11 * MOST), None);
        assert_eq!(goal(LEAST, 8 * MOST), None, "an earlier round left more");
    }
}
