//! The pages of a commit, written to the write-ahead log in one piece.
//!
//! SQLite writes each page by itself, and the head of its frame before it: 8 calls for one post, 28 for the posts
//! of 24 people. Here the log's file is given a write that only collects bytes as long as each piece follows on the
//! last, and a sync that first hands all of them to the real write.
//!
//! It is for a connection whose commits wait for the disk (`synchronous = FULL`), and which writes nothing before
//! its commit (`cache_spill = OFF`). Then each row of writes ends with a sync, and nothing is left here when
//! `COMMIT` returns. Nobody misses it before that: SQLite shows frames to other connections after the sync.
//!
//! The only module with unsafe code: SQLite knows a file as a table of C functions
//! (<https://sqlite.org/c3ref/io_methods.html>).

#![allow(unsafe_code, reason = "SQLite knows a file as a table of C functions")]

use std::ffi::{c_int, c_void};
use std::ptr;
use std::slice;

use rusqlite::{Connection, ffi};

/// How many bytes are gathered at most. SQLite's own write takes less than 128 KiB at a time: of more, it would
/// write a part, and of just so many it would write nothing and call the disk full.
const MOST: usize = 96 * 1024;

/// SQLite's table of what can be done with a file.
type Methods = ffi::sqlite3_io_methods;
type File = ffi::sqlite3_file;
type SyncFile = unsafe extern "C" fn(*mut File, c_int) -> c_int;

/// What takes the place of the log's table.
#[repr(C)]
struct Gathering {
    /// The first field: the file's `pMethods` points to it, and so to all of this.
    methods: Methods,
    real: Real,
    /// Where in the file `bytes` belong.
    at: i64,
    bytes: Vec<u8>,
}

/// What the file could do before.
struct Real {
    methods: *const Methods,
    close: unsafe extern "C" fn(*mut File) -> c_int,
    read: unsafe extern "C" fn(*mut File, *mut c_void, c_int, i64) -> c_int,
    write: unsafe extern "C" fn(*mut File, *const c_void, c_int, i64) -> c_int,
    truncate: unsafe extern "C" fn(*mut File, i64) -> c_int,
    sync: SyncFile,
    size: unsafe extern "C" fn(*mut File, *mut i64) -> c_int,
}

/// Has a connection write each of its commits to the log in one piece. Says whether that can be: the log has to be
/// in use, and the disk must not touch bytes beside those that it is given.
pub(super) fn gather(connection: &Connection) -> rusqlite::Result<bool> {
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    if mode != "wal" {
        return Ok(false);
    }
    connection.pragma_update(None, "cache_spill", false)?;
    // SAFETY: both files are of an open connection, which nobody else uses meanwhile. The log's stays open as long
    // as the connection does, and owns what takes the place of its table until it is closed.
    unsafe {
        let database = file(connection, ffi::SQLITE_FCNTL_FILE_POINTER);
        let log = file(connection, ffi::SQLITE_FCNTL_JOURNAL_POINTER);
        let (Some(database), Some(log)) = (database, log) else { return Ok(false) };
        // Otherwise SQLite syncs before the end of a commit, and what follows would stay here.
        if !is_powersafe(database) {
            return Ok(false);
        }
        if (*(*log).pMethods).xSync.is_some_and(|there| ptr::fn_addr_eq(there, sync as SyncFile)) {
            return Ok(true);
        }
        let Some(real) = Real::of((*log).pMethods) else { return Ok(false) };
        (*log).pMethods = Gathering::over(real);
    }
    Ok(true)
}

/// An open file of a connection.
unsafe fn file(connection: &Connection, which: c_int) -> Option<*mut File> {
    let mut file: *mut File = ptr::null_mut();
    // SAFETY: these two controls write one pointer.
    let found = unsafe {
        ffi::sqlite3_file_control(connection.handle(), c"main".as_ptr(), which, (&raw mut file).cast())
    };
    // SAFETY: what SQLite hands out is a file of its own.
    (found == ffi::SQLITE_OK && !file.is_null() && unsafe { !(*file).pMethods.is_null() }).then_some(file)
}

/// Whether the disk leaves alone what is beside a write, also when the power fails.
unsafe fn is_powersafe(file: *mut File) -> bool {
    // SAFETY: the file is open, so it has a table, and the function wants no more than the file.
    let able = unsafe { (*(*file).pMethods).xDeviceCharacteristics.map_or(0, |able| able(file)) };
    able & ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE != 0
}

impl Real {
    /// What is in a table; `None` if it cannot do all that a log needs.
    unsafe fn of(table: *const Methods) -> Option<Real> {
        // SAFETY: whoever calls has it from an open file.
        let methods = unsafe { &*table };
        Some(Real {
            methods: table,
            close: methods.xClose?,
            read: methods.xRead?,
            write: methods.xWrite?,
            truncate: methods.xTruncate?,
            sync: methods.xSync?,
            size: methods.xFileSize?,
        })
    }
}

impl Gathering {
    /// A table with all that the real one has, but for what concerns bytes. It is the file's from now on.
    unsafe fn over(real: Real) -> *const Methods {
        // SAFETY: the real table outlives the file.
        let methods = Methods {
            xClose: Some(close),
            xRead: Some(read),
            xWrite: Some(write),
            xTruncate: Some(truncate),
            xSync: Some(sync),
            xFileSize: Some(size),
            ..unsafe { *real.methods }
        };
        Box::into_raw(Box::new(Gathering { methods, real, at: 0, bytes: Vec::new() })).cast()
    }

    /// That of a file.
    unsafe fn of<'a>(file: *mut File) -> &'a mut Gathering {
        // SAFETY: only files whose table is the beginning of a `Gathering` come here, each on one thread at a time.
        // The real functions that are called meanwhile never look at `pMethods`.
        unsafe { &mut *(*file).pMethods.cast::<Gathering>().cast_mut() }
    }

    /// Hands what was gathered to the real write. Nothing of it stays, whatever becomes of it.
    unsafe fn flush(&mut self, file: *mut File) -> c_int {
        if self.bytes.is_empty() {
            return ffi::SQLITE_OK;
        }
        let length = c_int::try_from(self.bytes.len()).unwrap_or(c_int::MAX);
        // SAFETY: so many bytes are there, and the file is the one that they were written to.
        let written = unsafe { (self.real.write)(file, self.bytes.as_ptr().cast(), length, self.at) };
        self.bytes.clear();
        written
    }
}

unsafe extern "C" fn write(file: *mut File, bytes: *const c_void, length: c_int, at: i64) -> c_int {
    // SAFETY: as SQLite calls it, `bytes` are `length`, and the file is ours.
    let (gathering, bytes) =
        unsafe { (Gathering::of(file), slice::from_raw_parts(bytes.cast::<u8>(), length as usize)) };
    let end = gathering.at + gathering.bytes.len() as i64;
    if at != end || gathering.bytes.len() + bytes.len() > MOST {
        // SAFETY: the file is the one that it was gathered for.
        let flushed = unsafe { gathering.flush(file) };
        if flushed != ffi::SQLITE_OK {
            return flushed;
        }
        gathering.at = at;
    }
    gathering.bytes.extend_from_slice(bytes);
    ffi::SQLITE_OK
}

/// Flushes, and then does what the real function does.
macro_rules! after_flush {
    ($name:ident($($argument:ident: $type:ty),*)) => {
        unsafe extern "C" fn $name(file: *mut File, $($argument: $type),*) -> c_int {
            // SAFETY: the file is ours, and the arguments are handed on as they came.
            unsafe {
                let gathering = Gathering::of(file);
                match gathering.flush(file) {
                    ffi::SQLITE_OK => (gathering.real.$name)(file, $($argument),*),
                    error => error,
                }
            }
        }
    };
}

after_flush!(sync(flags: c_int));
after_flush!(read(into: *mut c_void, length: c_int, at: i64));
after_flush!(truncate(length: i64));
after_flush!(size(length: *mut i64));

unsafe extern "C" fn close(file: *mut File) -> c_int {
    // SAFETY: the table came out of a box, is the file's alone, and is not used after this. What it may still hold
    // was never committed.
    unsafe {
        let gathering = Box::from_raw((*file).pMethods.cast::<Gathering>().cast_mut());
        (*file).pMethods = gathering.real.methods;
        (gathering.real.close)(file)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::open::{connect, prepare};
    use super::super::{DATABASE, Synchronous};
    use super::*;

    fn writing(folder: &Path) -> Connection {
        let access = ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_CREATE;
        let access = rusqlite::OpenFlags::from_bits_retain(access);
        let connection = connect(&folder.join(DATABASE), access).unwrap();
        prepare(&connection, Synchronous::Full).unwrap();
        connection.execute_batch("CREATE TABLE t (n INTEGER PRIMARY KEY, b)").unwrap();
        connection
    }

    /// The calls with which this thread wrote to files.
    #[cfg(target_os = "linux")]
    fn writes(work: impl FnOnce()) -> u64 {
        let count = || {
            let io = std::fs::read_to_string("/proc/thread-self/io").unwrap();
            let calls = io.lines().find_map(|line| line.strip_prefix("syscw: ")).unwrap();
            calls.parse::<u64>().unwrap()
        };
        let before = count();
        work();
        count() - before
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_commit_of_many_pages_is_written_in_one_piece() {
        let folder = tempfile::tempdir().unwrap();
        let connection = writing(folder.path());
        let commit = || connection.execute("INSERT INTO t (b) VALUES (zeroblob(40000))", []).unwrap();
        // The head of the log, too.
        commit();
        assert!(writes(|| assert_eq!(commit(), 1)) > 20);
        assert!(gather(&connection).unwrap());
        assert_eq!(writes(|| assert_eq!(commit(), 1)), 1);
        assert!(gather(&connection).unwrap(), "once more does no harm");
        assert_eq!(writes(|| assert_eq!(commit(), 1)), 1);
    }

    /// From less than a page to more than is gathered: SQLite's own write has steps of its own.
    #[test]
    fn commits_of_any_size_are_on_the_disk_when_they_return() {
        let folder = tempfile::tempdir().unwrap();
        let connection = writing(folder.path());
        assert!(gather(&connection).unwrap());
        for (place, pages) in (0..40).chain([63, 64, 65, 200]).enumerate() {
            connection.execute("INSERT INTO t (b) VALUES (zeroblob(?1))", [pages * 4096]).unwrap();
            if place % 10 == 9 {
                let mode = if place % 20 == 9 { "RESTART" } else { "TRUNCATE" };
                connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(())).unwrap();
            }
            let copy = tempfile::tempdir().unwrap();
            for name in [DATABASE.to_owned(), format!("{DATABASE}-wal")] {
                std::fs::copy(folder.path().join(&name), copy.path().join(&name)).unwrap();
            }
            for folder in [folder.path(), copy.path()] {
                let other = Connection::open(folder.join(DATABASE)).unwrap();
                let found = |sql| other.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
                assert_eq!(found("SELECT count(*) FROM t"), place as i64 + 1);
                assert_eq!(found("SELECT length(b) FROM t ORDER BY n DESC LIMIT 1"), pages * 4096);
                assert_eq!(
                    other.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0)).unwrap(),
                    "ok"
                );
            }
        }
        connection.close().unwrap();
    }

    #[test]
    fn what_is_rolled_back_is_written_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let connection = writing(folder.path());
        assert!(gather(&connection).unwrap());
        // Much more than fits into the cache of pages.
        connection.pragma_update(None, "cache_size", 10).unwrap();
        let wal = || std::fs::read(folder.path().join(format!("{DATABASE}-wal"))).unwrap();
        let before = wal();
        connection.execute_batch("BEGIN; INSERT INTO t (b) VALUES (zeroblob(1000000)); ROLLBACK").unwrap();
        assert!(wal() == before);
        connection.execute_batch("INSERT INTO t (b) VALUES (1)").unwrap();
        assert!(wal() != before);
    }

    #[test]
    fn without_a_write_ahead_log_nothing_is_gathered() {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join(DATABASE)).unwrap();
        connection.execute_batch("CREATE TABLE t (n)").unwrap();
        assert!(!gather(&connection).unwrap());
    }
}
