//! A data folder that nobody serves: read from end to end for a move, or written by one.
//!
//! While it is moved into, the file bears another mark than a database of ours has, so that neither this
//! program nor an older one takes it for one.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rusqlite::Connection;

use super::super::moving::{Kept, Ledger, Limit, MoveError, Piece, Size, Source, Target};
use super::super::{Audience, EngineError, Entry, Key, Millis, Number, Version};
use super::open::{
    APPLICATION_ID, APPLICATION_ID_MOVING, Lock, Prepared, prepared, read_epochs, write_epochs,
};
use super::state::State;
use super::values::{Json, document, entry, reason, unavailable};
use super::{DATABASE, OpenError, Synchronous, apply};

/// A data folder that is locked, and not served.
#[derive(Debug)]
pub struct SqliteAtRest {
    inside: Arc<Mutex<Inside>>,
}

/// The connection is closed before the lock is let go.
#[derive(Debug)]
struct Inside {
    connection: Connection,
    _lock: Lock,
}

impl SqliteAtRest {
    /// A folder to move out of. It must have a database.
    pub fn source(folder: &Path) -> Result<Self, OpenError> {
        if !folder.join(DATABASE).is_file() {
            return Err(OpenError::Nothing(folder.to_owned()));
        }
        Self::open(folder)
    }

    /// A folder to move into, which is made if it is not there.
    pub fn target(folder: &Path) -> Result<Self, OpenError> {
        Self::open(folder)
    }

    fn open(folder: &Path) -> Result<Self, OpenError> {
        // Nothing counts before the last step, which is synced fully.
        let Prepared { connection, lock, file } = prepared(folder, Synchronous::Normal)?;
        connection
            .pragma_update(None, "wal_autocheckpoint", 1000)
            .map_err(|error| OpenError::Database { file, reason: reason(&error) })?;
        Ok(SqliteAtRest { inside: Arc::new(Mutex::new(Inside { connection, _lock: lock })) })
    }

    /// Does something with the connection, on a thread that may block.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, EngineError> {
        let inside = Arc::clone(&self.inside);
        let work = move || work(&mut inside.lock().unwrap_or_else(PoisonError::into_inner).connection);
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| EngineError::Unavailable(error.to_string()))?
            .map_err(|error| unavailable(&error))
    }
}

#[async_trait]
impl Source for SqliteAtRest {
    async fn ledger(&self) -> Result<Ledger, EngineError> {
        self.with(|connection| {
            let State { head, trimmed, at, .. } = State::read(connection)?;
            Ok(Ledger { epochs: read_epochs(connection)?, head, trimmed, at })
        })
        .await
    }

    async fn size(&self, until: Millis) -> Result<Size, EngineError> {
        self.with(move |connection| {
            let documents = "SELECT count(*) FROM document WHERE expires IS NULL OR expires > ?1";
            let documents = connection.query_row(documents, [until], count)?;
            let entries = connection.query_row("SELECT count(*) FROM log", [], count)?;
            Ok(Size { documents, entries })
        })
        .await
    }

    async fn documents(&self, after: Option<Key>, limit: Limit) -> Result<Vec<Kept>, EngineError> {
        self.with(move |connection| {
            // No key is empty.
            let after = after.as_ref().map_or("", Key::as_str);
            let mut select = connection.prepare_cached(
                "SELECT key, expires, version, number, value FROM document WHERE key > ?1 ORDER BY key",
            )?;
            let all = select.query_map([after], |row| {
                let document = document(row, 2)?;
                Ok(Kept {
                    key: row.get(0)?,
                    json: document.json,
                    number: document.number,
                    expires: row.get(1)?,
                })
            })?;
            limit.fill(all, |kept| kept.json.len() + kept.key.as_str().len())
        })
        .await
    }

    async fn entries(&self, after: Number, limit: Limit) -> Result<Vec<Entry>, EngineError> {
        self.with(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT number, at, audiences, kind, document, facts FROM log WHERE number > ?1 ORDER BY number",
            )?;
            limit.fill(select.query_map([after], entry)?, |entry| {
                let names: usize = entry.audiences.iter().map(|audience| audience.0.len()).sum();
                names + entry.document.as_str().len() + entry.facts.as_ref().map_or(0, bytes::Bytes::len)
            })
        })
        .await
    }

    async fn trims(
        &self,
        after: Option<Audience>,
        limit: Limit,
    ) -> Result<Vec<(Audience, Number)>, EngineError> {
        self.with(move |connection| {
            // No audience is without a name.
            let after = after.as_ref().map_or("", |audience| &*audience.0);
            let mut select = connection.prepare_cached(
                "SELECT audience, number FROM trimmed WHERE audience > ?1 ORDER BY audience",
            )?;
            let all = select
                .query_map([after], |row| Ok((Audience::new(row.get_ref(0)?.as_str()?), row.get(1)?)))?;
            limit.fill(all, |(audience, _)| audience.0.len())
        })
        .await
    }
}

#[async_trait]
impl Target for SqliteAtRest {
    async fn begin(&self) -> Result<(), MoveError> {
        let begun = self.with(|connection| {
            let transaction = connection.transaction()?;
            if !is_empty(&transaction)? {
                return Ok(false);
            }
            transaction.pragma_update(None, "application_id", APPLICATION_ID_MOVING)?;
            transaction.commit()?;
            Ok(true)
        });
        if begun.await.map_err(MoveError::Target)? { Ok(()) } else { Err(MoveError::NotEmpty) }
    }

    async fn receive(&self, piece: Piece) -> Result<(), EngineError> {
        self.with(move |connection| {
            let transaction = connection.transaction()?;
            match &piece {
                Piece::Documents(documents) => write_documents(&transaction, documents)?,
                Piece::Entries(entries) => {
                    let mut statements = apply::Statements::of(&transaction)?;
                    for entry in entries {
                        apply::insert_entry(&mut statements, entry)?;
                    }
                }
                Piece::Trims(trims) => {
                    let mut insert = transaction
                        .prepare_cached("INSERT INTO trimmed (audience, number) VALUES (?1, ?2)")?;
                    for (audience, number) in trims {
                        insert.execute((audience, number))?;
                    }
                }
            }
            transaction.commit()
        })
        .await
    }

    async fn finish(&self, ledger: Ledger) -> Result<(), EngineError> {
        self.with(move |connection| {
            connection.pragma_update(None, "synchronous", "FULL")?;
            let transaction = connection.transaction()?;
            let state = State::read(&transaction)?;
            let Ledger { epochs, head, trimmed, at } = ledger;
            State { head, trimmed, at, ..state }.write(&transaction)?;
            write_epochs(&transaction, &epochs)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.commit()
        })
        .await
    }
}

/// A count of rows, which is never negative.
fn count(row: &rusqlite::Row<'_>) -> rusqlite::Result<u64> {
    row.get::<_, i64>(0).map(i64::unsigned_abs)
}

/// Whether nothing was ever said here, and nothing is kept.
fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    let has_rows = "SELECT EXISTS (SELECT 1 FROM document) OR EXISTS (SELECT 1 FROM log) OR EXISTS (SELECT 1 FROM trimmed)";
    let is_used: bool = connection.query_row(has_rows, [], |row| row.get(0))?;
    Ok(!is_used && State::read(connection)?.head == Number(0))
}

/// Writes documents, each with a version of its own.
fn write_documents(connection: &Connection, documents: &[Kept]) -> rusqlite::Result<()> {
    let mut state = State::read(connection)?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO document (key, value, version, number, expires) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for Kept { key, json, number, expires } in documents {
        state.serial += 1;
        insert.execute((key, Json(json), Version(state.serial), number, expires))?;
    }
    state.write(connection)
}
