//! Reading: a few connections that can only read, and the queries that run on them.
//!
//! A query runs on a blocking thread (but for a glance) and is over before its answer is awaited, so that no
//! read holds the write-ahead log back.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use tokio::sync::Semaphore;

use super::super::follow::LogReader;
use super::super::{
    Audience, Clock, Direction, Document, EngineError, Entry, EpochId, Hearing, Key, KeyRange, LogPage,
    Millis, Number,
};
use super::calm::Calm;
use super::open::connect;
use super::state::State;
use super::values::{closed, document, entry, unavailable};

/// How many queries run at a time; more wait.
const CONNECTIONS: usize = 4;

const ENTRY: &str = "SELECT number, at, audiences, kind, document, facts FROM log";

/// The connections that read. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Readers(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    file: PathBuf,
    /// Closed with the engine.
    places: Arc<Semaphore>,
    idle: Mutex<Idle>,
}

#[derive(Debug)]
struct Idle {
    connections: Vec<Connection>,
    /// How often one was wanted.
    queries: u64,
    calm: Calm,
}

impl Idle {
    fn take(&mut self) -> Option<Connection> {
        self.queries += 1;
        self.connections.pop()
    }
}

impl Readers {
    pub(super) fn new(file: PathBuf) -> Self {
        Readers(Arc::new(Pool {
            file,
            places: Arc::new(Semaphore::new(CONNECTIONS)),
            idle: Mutex::new(Idle { connections: Vec::new(), queries: 0, calm: Calm::new(1, 1) }),
        }))
    }

    /// Runs a query, all of which sees the same state of the store.
    pub(super) async fn query<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, EngineError> {
        let pool = self.0.clone();
        // The place belongs to the query, which goes on when whoever asked has gone.
        let place = Arc::clone(&self.0.places).acquire_owned().await.map_err(|_| closed())?;
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            let connection = pool.take()?;
            // Prepared once, since few queries take longer than to prepare these two. One that fails takes its
            // connection with it.
            connection.prepare_cached("BEGIN")?.execute([])?;
            let answer = query(&connection)?;
            connection.prepare_cached("COMMIT")?.execute([])?;
            pool.put_back(connection);
            Ok(answer)
        });
        let answer = done.await.map_err(|error| EngineError::Unavailable(error.to_string()))?;
        answer.map_err(|error| unavailable(&error))
    }

    /// Runs a statement that reads a row or two which were written lately, on the thread that asks: that is done
    /// sooner than another thread is woken.
    pub(super) async fn glance<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, EngineError> {
        let place = self.0.places.try_acquire();
        let idle = if place.is_ok() { self.0.idle().take() } else { None };
        let Some(connection) = idle else {
            drop(place);
            return self.query(query).await;
        };
        let answer = query(&connection).map_err(|error| unavailable(&error))?;
        self.0.put_back(connection);
        Ok(answer)
    }

    /// Refuses further queries, and closes the connections: those in use when their query ends.
    pub(super) fn close(&self) {
        self.0.places.close();
        self.0.idle().connections.clear();
    }

    /// Is called once a second: gives back the pages of the file that were read, once nobody reads any more.
    pub(super) fn tick(&self) {
        let mut idle = self.0.idle();
        let Idle { connections, queries, calm } = &mut *idle;
        if calm.tick(*queries) {
            // No harm is done if it fails.
            connections.iter().for_each(|connection| _ = connection.release_memory());
        }
    }
}

impl Pool {
    fn take(&self) -> rusqlite::Result<Connection> {
        let idle = self.idle().take();
        idle.map_or_else(|| connect(&self.file, OpenFlags::SQLITE_OPEN_READ_ONLY), Ok)
    }

    fn put_back(&self, connection: Connection) {
        let mut idle = self.idle();
        if !self.places.is_closed() {
            idle.connections.push(connection);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The log as it is read. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Log {
    pub(super) readers: Readers,
    /// The epoch that began when the file was opened.
    pub(super) epoch: EpochId,
    pub(super) clock: Clock,
}

#[async_trait]
impl LogReader for Log {
    async fn read_log(&self, hearing: &Hearing, after: Number, limit: usize) -> Result<LogPage, EngineError> {
        let (hearing, epoch, now) = (hearing.clone(), self.epoch, self.clock.now());
        self.readers.query(move |connection| page(connection, &hearing, after, limit, epoch, now)).await
    }
}

/// The documents under some keys.
pub(super) fn get(
    connection: &Connection,
    keys: &[Key],
    now: Millis,
) -> rusqlite::Result<Vec<Option<Document>>> {
    let mut select = connection.prepare_cached(
        "SELECT version, number, value FROM document WHERE key = ?1 AND (expires IS NULL OR expires > ?2)",
    )?;
    keys.iter().map(|key| select.query_row((key, now), |row| document(row, 0)).optional()).collect()
}

/// The documents in a range of keys.
pub(super) fn scan(
    connection: &Connection,
    range: &KeyRange,
    limit: usize,
    direction: Direction,
    now: Millis,
) -> rusqlite::Result<Vec<(Key, Document)>> {
    let sql = match direction {
        Direction::Forward => {
            "SELECT key, version, number, value FROM document
             WHERE key >= ?1 AND key < ?2 AND (expires IS NULL OR expires > ?3) ORDER BY key LIMIT ?4"
        }
        Direction::Backward => {
            "SELECT key, version, number, value FROM document
             WHERE key >= ?1 AND key < ?2 AND (expires IS NULL OR expires > ?3) ORDER BY key DESC LIMIT ?4"
        }
    };
    connection
        .prepare_cached(sql)?
        .query_map((&range.start, &range.end, now, rows(limit)), |row| Ok((row.get(0)?, document(row, 1)?)))?
        .collect()
}

/// A page of the log.
pub(super) fn page(
    connection: &Connection,
    hearing: &Hearing,
    after: Number,
    limit: usize,
    epoch: EpochId,
    now: Millis,
) -> rusqlite::Result<LogPage> {
    let state = State::read(connection)?;
    let trimmed = match hearing {
        Hearing::Everything => state.trimmed,
        Hearing::Of(audiences) => last_trimmed(connection, audiences)?,
    };
    if trimmed > after {
        return Ok(LogPage::Expired { trimmed });
    }
    // One more than was asked for tells whether something is left out.
    let mut entries = match hearing {
        Hearing::Everything => entries_after(connection, after, limit + 1)?,
        Hearing::Of(audiences) => entries_of(connection, audiences, after, limit + 1)?,
    };
    let is_all = entries.len() <= limit;
    entries.truncate(limit);
    let upto = if is_all { state.head } else { entries.last().map_or(after, |entry| entry.number) };
    let keys: Vec<Key> = entries.iter().map(|entry| entry.document.clone()).collect();
    let documents = get(connection, &keys, now)?;
    Ok(LogPage::Entries { entries: entries.into_iter().zip(documents).collect(), upto, epoch })
}

fn last_trimmed(connection: &Connection, audiences: &[Audience]) -> rusqlite::Result<Number> {
    let mut select = connection.prepare_cached("SELECT number FROM trimmed WHERE audience = ?1")?;
    let mut last = Number(0);
    for audience in audiences {
        let number = select.query_row([audience], |row| row.get(0)).optional()?;
        last = last.max(number.unwrap_or_default());
    }
    Ok(last)
}

fn entries_after(connection: &Connection, after: Number, limit: usize) -> rusqlite::Result<Vec<Entry>> {
    connection
        .prepare_cached(&format!("{ENTRY} WHERE number > ?1 ORDER BY number LIMIT ?2"))?
        .query_map((after, rows(limit)), entry)?
        .collect()
}

fn entries_of(
    connection: &Connection,
    audiences: &[Audience],
    after: Number,
    limit: usize,
) -> rusqlite::Result<Vec<Entry>> {
    if let [only] = audiences {
        return entries_of_one(connection, only, after, limit);
    }
    let mut select_numbers = connection.prepare_cached(
        "SELECT number FROM heard WHERE audience = ?1 AND number > ?2 AND number < ?3 ORDER BY number LIMIT ?4",
    )?;
    let mut first = BTreeSet::new();
    // Once there are enough, only smaller ones count.
    let mut before = Number(u64::MAX);
    for audience in audiences {
        let mut numbers = select_numbers.query((audience, after, before, rows(limit)))?;
        while let Some(row) = numbers.next()? {
            first.insert(row.get(0)?);
        }
        while first.len() > limit {
            first.pop_last();
        }
        if first.len() == limit {
            before = first.last().copied().unwrap_or(before);
        }
    }
    let mut select = connection.prepare_cached(&format!("{ENTRY} WHERE number = ?1"))?;
    first.iter().map(|number| select.query_row([number], entry)).collect()
}

/// As most lines listen to one room, in one statement.
fn entries_of_one(
    connection: &Connection,
    audience: &Audience,
    after: Number,
    limit: usize,
) -> rusqlite::Result<Vec<Entry>> {
    connection
        .prepare_cached(
            "SELECT number, at, audiences, kind, document, facts FROM heard CROSS JOIN log USING (number)
             WHERE audience = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
        )?
        .query_map((audience, after, rows(limit)), entry)?
        .collect()
}

/// The last number whose entry was written before a time, found by halving: times are in order.
pub(super) fn number_before(connection: &Connection, at: Millis) -> rusqlite::Result<Number> {
    let state = State::read(connection)?;
    let mut select =
        connection.prepare_cached("SELECT number, at FROM log WHERE number > ?1 ORDER BY number LIMIT 1")?;
    // Everything up to `before` is gone or was written before; nothing after `last` was.
    let (mut before, mut last) = (state.trimmed, state.head);
    while before < last {
        let middle = Number(before.0 + (last.0 - before.0) / 2);
        let next = select
            .query_row([middle], |row| Ok((row.get::<_, Number>(0)?, row.get::<_, Millis>(1)?)))
            .optional()?;
        match next {
            Some((number, written)) if written < at => before = number,
            _ => last = middle,
        }
    }
    Ok(before)
}

fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
