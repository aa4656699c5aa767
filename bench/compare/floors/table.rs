//! What a durable commit costs with SQLite if it is as small as can be: one row for each post, and a transaction for those
//! that came together. Openline writes more pages (a document, its entry in the log, who may hear it), and
//! the [log](super::log) writes as many bytes as Openline does; so this says what a database costs as such.

use std::path::Path;

use bytes::Bytes;
use rusqlite::{Connection, Result};

/// The table.
pub struct Table(Connection);

impl Table {
    /// A new one at this path, as durable as Openline's are.
    pub fn create(path: &Path) -> Result<Table> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection
            .execute_batch("CREATE TABLE said (number INTEGER PRIMARY KEY, words BLOB NOT NULL) STRICT")?;
        Ok(Table(connection))
    }

    /// These posts are on the disk when this is done.
    pub fn commit<'a>(&mut self, posts: impl Iterator<Item = &'a Bytes>) -> Result<()> {
        let run = |sql| self.0.prepare_cached(sql)?.execute([]);
        run("BEGIN IMMEDIATE")?;
        let mut insert = self.0.prepare_cached("INSERT INTO said (words) VALUES (?1)")?;
        for words in posts {
            insert.execute([words.as_ref()])?;
        }
        run("COMMIT")?;
        Ok(())
    }
}
