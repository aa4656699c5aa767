//! Opening a data folder: its lock, the database file, its tables, and the epoch that begins.

use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::super::{Epoch, begin_epoch};
use super::gather::gather;
use super::state::State;
use super::values::reason;
use super::{DATABASE, Synchronous};

const LOCK: &str = "openline.lock";

/// Says that a file is ours: "OPLN".
pub(super) const APPLICATION_ID: i32 = 0x4f50_4c4e;

/// Says that a file is being moved into, and not ours yet: "OPLM".
pub(super) const APPLICATION_ID_MOVING: i32 = 0x4f50_4c4d;

/// What leads from each version of the tables to the next. Never changed, only added to.
const MIGRATIONS: [&str; 2] = [include_str!("schema.sql"), include_str!("schema_2.sql")];

/// How long a connection waits for another program (a shell, a backup) that has locked the file.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// Why a data folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has the folder open.
    #[error("another server uses the data folder {}", .0.display())]
    InUse(PathBuf),
    /// The folder or a file in it cannot be made, read or written.
    #[error("the data folder {} cannot be used: {source}", .folder.display())]
    Folder {
        /// The data folder.
        folder: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The database was made by a newer Openline.
    #[error("{} was written by a newer version (its tables have version {found}, this program knows {known})", .file.display())]
    Newer {
        /// The database file.
        file: PathBuf,
        /// The version of its tables.
        found: i64,
        /// The newest version that this program knows.
        known: usize,
    },
    /// There is a file of that name, but not one of ours.
    #[error("{} is not a database of Openline", .0.display())]
    NotOurs(PathBuf),
    /// There is nothing that could be moved.
    #[error("there is nothing of Openline in {}", .0.display())]
    Nothing(PathBuf),
    /// A move into the folder came to no end.
    #[error("a move into {} was not finished; empty it and begin again", .0.display())]
    Unfinished(PathBuf),
    /// Anything else that SQLite reports: a full disk, a damaged file.
    #[error("{} cannot be opened: {reason}", .file.display())]
    Database {
        /// The database file.
        file: PathBuf,
        /// What went wrong.
        reason: String,
    },
}

/// A data folder that is ours now.
pub(super) struct Opened {
    /// The connection of the writer.
    pub(super) connection: Connection,
    /// Another server is kept out until this is dropped.
    pub(super) lock: Lock,
    pub(super) file: PathBuf,
    pub(super) epochs: Vec<Epoch>,
}

/// Opens the database in a folder, makes both if they are not there, and begins an epoch.
pub(super) fn open(folder: &Path, synchronous: Synchronous) -> Result<Opened, OpenError> {
    let Prepared { mut connection, lock, file } = prepared(folder, synchronous)?;
    let begun = begin(&mut connection).and_then(|epochs| {
        if synchronous == Synchronous::Full {
            gather(&connection)?;
        }
        Ok(epochs)
    });
    match begun {
        Ok(epochs) => Ok(Opened { connection, lock, file, epochs }),
        Err(error) => Err(of_database(&file, &error)),
    }
}

/// A data folder that is ours, in which no epoch has begun.
pub(super) struct Prepared {
    pub(super) connection: Connection,
    /// Another server is kept out until this is dropped.
    pub(super) lock: Lock,
    pub(super) file: PathBuf,
}

/// Opens the database in a folder, and makes both if they are not there.
pub(super) fn prepared(folder: &Path, synchronous: Synchronous) -> Result<Prepared, OpenError> {
    let lock = lock(folder)?;
    let file = folder.join(DATABASE);
    let of_database = |error: rusqlite::Error| of_database(&file, &error);
    let mut connection = connect(&file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
        .map_err(of_database)?;
    match tables(&connection).map_err(of_database)? {
        Tables::NotOurs => return Err(OpenError::NotOurs(file)),
        Tables::Unfinished => return Err(OpenError::Unfinished(folder.to_owned())),
        Tables::Version(found) if found > MIGRATIONS.len() as i64 => {
            return Err(OpenError::Newer { file, found, known: MIGRATIONS.len() });
        }
        Tables::Version(found) => {
            prepare(&connection, synchronous).map_err(of_database)?;
            migrate(&mut connection, usize::try_from(found).unwrap_or(0)).map_err(of_database)?;
        }
    }
    Ok(Prepared { connection, lock, file })
}

pub(super) fn of_database(file: &Path, error: &rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotOurs(file.to_owned()),
        _ => OpenError::Database { file: file.to_owned(), reason: reason(error) },
    }
}

/// A connection with the settings that all of ours share.
pub(super) fn connect(file: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(file, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(64);
    // A statement that was prepared stays so. Otherwise some are planned anew for each value that they are given.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

/// The right to the folder, as long as this lives.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Drop for Lock {
    /// Closing the file would not do at once: a process that is being started has a copy of it for a moment.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

fn lock(folder: &Path) -> Result<Lock, OpenError> {
    let of_folder = |source| OpenError::Folder { folder: folder.to_owned(), source };
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder).map_err(of_folder)?;
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(LOCK))
        .map_err(of_folder)?;
    match lock.try_lock() {
        Ok(()) => Ok(Lock(lock)),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(of_folder(source)),
    }
}

/// What a file turns out to be.
enum Tables {
    /// Ours, with tables of this version; 0 if there are none yet.
    Version(i64),
    /// Somebody else's.
    NotOurs,
    /// One that was being moved into.
    Unfinished,
}

fn tables(connection: &Connection) -> rusqlite::Result<Tables> {
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    let is_new = application == 0 && version == 0 && number("SELECT count(*) FROM sqlite_schema")? == 0;
    Ok(if application == i64::from(APPLICATION_ID_MOVING) {
        Tables::Unfinished
    } else if is_new || application == i64::from(APPLICATION_ID) {
        Tables::Version(version)
    } else {
        Tables::NotOurs
    })
}

/// The settings of a connection that writes.
pub(super) fn prepare(connection: &Connection, synchronous: Synchronous) -> rusqlite::Result<()> {
    let synchronous = match synchronous {
        Synchronous::Full => "FULL",
        Synchronous::Normal => "NORMAL",
        Synchronous::Off => "OFF",
    };
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = {synchronous};
         PRAGMA secure_delete = ON;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -65536;"
    ))
}

fn migrate(connection: &mut Connection, from: usize) -> rusqlite::Result<()> {
    for (place, step) in MIGRATIONS.iter().enumerate().skip(from) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", place as i64 + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

/// Begins an epoch after the last number, durably before any number of it is given out.
fn begin(connection: &mut Connection) -> rusqlite::Result<Vec<Epoch>> {
    let transaction = connection.transaction()?;
    let head = State::read(&transaction)?.head;
    let list = begin_epoch(read_epochs(&transaction)?, head);
    write_epochs(&transaction, &list)?;
    transaction.commit()?;
    Ok(list)
}

pub(super) fn write_epochs(connection: &Connection, list: &[Epoch]) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM epoch", [])?;
    for (place, epoch) in list.iter().enumerate() {
        connection.execute(
            "INSERT INTO epoch (place, id, first) VALUES (?1, ?2, ?3)",
            (place as i64, epoch.id.to_string(), epoch.first),
        )?;
    }
    Ok(())
}

pub(super) fn read_epochs(connection: &Connection) -> rusqlite::Result<Vec<Epoch>> {
    let mut select = connection.prepare("SELECT id, first FROM epoch ORDER BY place")?;
    let epochs = select.query_map([], |row| {
        let id = row.get_ref(0)?.as_str()?.parse().map_err(rusqlite::types::FromSqlError::other)?;
        Ok(Epoch { id, first: row.get(1)? })
    })?;
    epochs.collect()
}
