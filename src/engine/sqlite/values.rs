//! Our values as SQLite stores them, and its errors in plain words.

use bytes::Bytes;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, Row};

use super::super::{Audience, Document, EngineError, Entry, Key, Number, Version};

impl ToSql for Number {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(signed(self.0).into())
    }
}

impl FromSql for Number {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        unsigned(value).map(Number)
    }
}

impl ToSql for Version {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(signed(self.0).into())
    }
}

impl FromSql for Version {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        unsigned(value).map(Version)
    }
}

impl ToSql for Key {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_str().into())
    }
}

impl FromSql for Key {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(Key::from_stored(value.as_str()?.to_owned()))
    }
}

impl ToSql for Audience {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_ref().into())
    }
}

/// JSON, stored as text.
pub(super) struct Json<'a>(pub(super) &'a Bytes);

impl ToSql for Json<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(self.0)))
    }
}

/// SQLite's integers have a sign. Nothing that is stored comes near the largest, so a bound of a range
/// that is larger means the same as the largest.
pub(super) fn signed(integer: u64) -> i64 {
    i64::try_from(integer).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(value: ValueRef<'_>) -> FromSqlResult<u64> {
    let integer = value.as_i64()?;
    u64::try_from(integer).map_err(|_| FromSqlError::OutOfRange(integer))
}

fn json(value: ValueRef<'_>) -> FromSqlResult<Option<Bytes>> {
    Ok(value.as_bytes_or_null()?.map(Bytes::copy_from_slice))
}

/// The document in a row of `version, number, value`, from column `first` on.
pub(super) fn document(row: &Row<'_>, first: usize) -> rusqlite::Result<Document> {
    Ok(Document {
        version: row.get(first)?,
        number: row.get(first + 1)?,
        json: json(row.get_ref(first + 2)?)?.unwrap_or_default(),
    })
}

/// The entry in a row of `number, at, audiences, kind, document, facts`.
pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        number: row.get(0)?,
        at: row.get(1)?,
        audiences: audiences(row.get_ref(2)?)?,
        kind: row.get(3)?,
        document: row.get(4)?,
        facts: json(row.get_ref(5)?)?,
    })
}

/// The audiences in a JSON array of their names.
pub(super) fn audiences(value: ValueRef<'_>) -> FromSqlResult<Vec<Audience>> {
    let names: Vec<String> = serde_json::from_str(value.as_str()?).map_err(FromSqlError::other)?;
    Ok(names.iter().map(|name| Audience::new(name)).collect())
}

/// What went wrong, in words for whoever runs the server.
pub(super) fn reason(error: &rusqlite::Error) -> String {
    let plain = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full",
        Some(ErrorCode::SystemIoFailure) => "the disk reports an error",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => "the database cannot be written",
        Some(ErrorCode::CannotOpen) => "the database cannot be opened",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program keeps the database locked"
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "the database file is damaged",
        Some(ErrorCode::TooBig) => "a document is too large",
        _ => return error.to_string(),
    };
    format!("{plain} ({error})")
}

/// An error after which nothing was changed.
pub(super) fn unavailable(error: &rusqlite::Error) -> EngineError {
    EngineError::Unavailable(reason(error))
}

/// What is answered when the engine has been closed.
pub(super) fn closed() -> EngineError {
    EngineError::Unavailable("it is closed".to_owned())
}
