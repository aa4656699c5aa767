//! What a transaction does, statement by statement. Whoever calls opens and ends the transaction.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{CachedStatement, Connection, OptionalExtension};

use super::super::{
    Audience, Check, Commit, Document, Entry, EpochId, Id, Key, Millis, NewEntry, Number, Outcome, Put,
    Version,
};
use super::state::State;
use super::values::{Json, audiences};

/// What a commit did.
pub(super) struct Applied {
    pub(super) outcome: Outcome,
    /// What followers are told.
    pub(super) told: Option<(Entry, Option<Document>)>,
    pub(super) erased: Erased,
}

/// What is to leave the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Erased {
    /// Nothing.
    #[default]
    Nothing,
    /// What was replaced.
    Bytes,
    /// What was deleted, or what a person wrote: no copy may stay.
    Words,
}

/// The statements of commits, looked up once for all that share a transaction.
pub(super) struct Statements<'a> {
    connection: &'a Connection,
    version: CachedStatement<'a>,
    insert: CachedStatement<'a>,
    log: CachedStatement<'a>,
    hear: CachedStatement<'a>,
    /// The versions that were asked for, as they still are: all who speak in one room ask for the same.
    versions: HashMap<Key, Option<Version>>,
}

impl<'a> Statements<'a> {
    /// Those of this connection.
    pub(super) fn of(connection: &'a Connection) -> rusqlite::Result<Self> {
        Ok(Statements {
            connection,
            version: connection.prepare_cached(
                "SELECT version FROM document WHERE key = ?1 AND (expires IS NULL OR expires > ?2)",
            )?,
            insert: connection.prepare_cached(
                "INSERT INTO document (key, value, version, number, expires) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO NOTHING",
            )?,
            log: connection.prepare_cached(
                "INSERT INTO log (number, at, kind, document, audiences, facts) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?,
            hear: connection
                .prepare_cached("INSERT OR IGNORE INTO heard (audience, number) VALUES (?1, ?2)")?,
            versions: HashMap::new(),
        })
    }

    /// The version of a document, if it is there at this time, which is the same for the whole transaction.
    fn version(&mut self, key: &Key, now: Millis) -> rusqlite::Result<Option<Version>> {
        if let Some(version) = self.versions.get(key) {
            return Ok(*version);
        }
        let version = self.version.query_row((key, now), |row| row.get(0)).optional()?;
        self.versions.insert(key.clone(), version);
        Ok(version)
    }
}

/// Does what a commit says, if its checks hold. Its number is one of this epoch.
pub(super) fn commit(
    statements: &mut Statements<'_>,
    state: &mut State,
    commit: &Commit,
    epoch: EpochId,
    now: Millis,
) -> rusqlite::Result<Applied> {
    for check in &commit.checks {
        if !holds(statements, check, now)? {
            return Ok(Applied { outcome: Outcome::Conflict, told: None, erased: Erased::Nothing });
        }
    }
    let number = commit.entry.is_some().then(|| state.head.next());
    let mut erased = Erased::Nothing;
    for key in &commit.deletes {
        let mut delete = statements.connection.prepare_cached("DELETE FROM document WHERE key = ?1")?;
        if delete.execute([key])? > 0 {
            erased = Erased::Words;
            statements.versions.remove(key);
        }
    }
    let mut written = Vec::with_capacity(commit.puts.len());
    for put in &commit.puts {
        state.serial += 1;
        let document = Document { version: Version(state.serial), number, json: put.json.clone() };
        if write(statements, put, &document)? {
            erased = erased.max(if commit.erases { Erased::Words } else { Erased::Bytes });
        }
        written.push((put.key.resolve(number), document));
    }
    let told = match (&commit.entry, number) {
        (Some(new), Some(number)) => {
            let entry = append(statements, state, new, number)?;
            let document = written.into_iter().find(|(key, _)| *key == entry.document);
            Some((entry, document.map(|(_, document)| document)))
        }
        _ => None,
    };
    let id = number.map(|number| Id { epoch, number });
    Ok(Applied { outcome: Outcome::Done { id }, told, erased })
}

fn holds(statements: &mut Statements<'_>, check: &Check, now: Millis) -> rusqlite::Result<bool> {
    let (Check::Absent(key) | Check::At(key, _)) = check;
    let version = statements.version(key, now)?;
    Ok(match check {
        Check::Absent(_) => version.is_none(),
        Check::At(_, wanted) => version == Some(*wanted),
    })
}

/// Writes a document, and says whether there was one before.
fn write(statements: &mut Statements<'_>, put: &Put, document: &Document) -> rusqlite::Result<bool> {
    let key = put.key.resolve(document.number);
    statements.versions.remove(&key);
    let row = || (&key, Json(&document.json), document.version, document.number, put.expires);
    let is_new = statements.insert.execute(row())? > 0;
    if !is_new {
        statements
            .connection
            .prepare_cached(
                "UPDATE document SET value = ?2, version = ?3, number = ?4, expires = ?5 WHERE key = ?1",
            )?
            .execute(row())?;
    }
    Ok(!is_new)
}

fn append(
    statements: &mut Statements<'_>,
    state: &mut State,
    new: &NewEntry,
    number: Number,
) -> rusqlite::Result<Entry> {
    state.head = number;
    state.at = state.at.max(new.at);
    let entry = Entry {
        number,
        at: state.at,
        audiences: new.audiences.clone(),
        kind: new.kind.clone(),
        document: new.document.resolve(Some(number)),
        facts: new.facts.clone(),
    };
    insert_entry(statements, &entry)?;
    Ok(entry)
}

/// Writes an entry, and lists it for its audiences.
pub(super) fn insert_entry(statements: &mut Statements<'_>, entry: &Entry) -> rusqlite::Result<()> {
    statements.log.execute((
        entry.number,
        entry.at,
        &entry.kind,
        &entry.document,
        Audience::write(&entry.audiences),
        entry.facts.as_ref().map(Json),
    ))?;
    for audience in &entry.audiences {
        statements.hear.execute((audience, entry.number))?;
    }
    Ok(())
}

/// Forgets at most `limit` of the oldest entries up to a number; says how many.
pub(super) fn trim(
    connection: &Connection,
    state: &mut State,
    upto: Number,
    limit: usize,
) -> rusqlite::Result<usize> {
    let mut gone: Vec<(Number, Vec<Audience>)> = Vec::new();
    let mut select = connection
        .prepare_cached("SELECT number, audiences FROM log WHERE number <= ?1 ORDER BY number LIMIT ?2")?;
    let mut rows = select.query((upto, i64::try_from(limit).unwrap_or(i64::MAX)))?;
    while let Some(row) = rows.next()? {
        gone.push((row.get(0)?, audiences(row.get_ref(1)?)?));
    }
    let Some((last, _)) = gone.last() else { return Ok(0) };
    state.trimmed = *last;
    connection.prepare_cached("DELETE FROM log WHERE number <= ?1")?.execute([last])?;

    let mut last_of: BTreeMap<&Audience, Number> = BTreeMap::new();
    for (number, audiences) in &gone {
        last_of.extend(audiences.iter().map(|audience| (audience, *number)));
    }
    let mut unlist = connection.prepare_cached("DELETE FROM heard WHERE audience = ?1 AND number <= ?2")?;
    let mut note = connection.prepare_cached(
        "INSERT INTO trimmed (audience, number) VALUES (?1, ?2)
         ON CONFLICT DO UPDATE SET number = excluded.number",
    )?;
    for (audience, number) in last_of {
        unlist.execute((audience, number))?;
        note.execute((audience, number))?;
    }
    Ok(gone.len())
}

/// Deletes at most `limit` documents that expired at a time or before; says how many.
pub(super) fn sweep(connection: &Connection, expired: Millis, limit: usize) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "DELETE FROM document WHERE key IN
                 (SELECT key FROM document WHERE expires <= ?1 ORDER BY expires LIMIT ?2)",
        )?
        .execute((expired, i64::try_from(limit).unwrap_or(i64::MAX)))
}

/// Whether a document expired at a time or before.
pub(super) fn has_expired(connection: &Connection, time: Millis) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM document WHERE expires <= ?1)")?
        .query_row([time], |row| row.get(0))
}
