//! The engine of one machine: everything in one SQLite file, one writer, a few threads that read.
//!
//! Commits that wait are taken into one transaction, so that one `fdatasync` serves them all; one that
//! comes alone is written where it came from. An answer comes after it, and so does the telling of followers.
//!
//! What is deleted or overwritten is overwritten with zeros (`secure_delete`) and leaves the write-ahead
//! log within two seconds. What this does not reach, `scrub` does.
//!
//! Copying pages from the log into the database (`checkpoint`) and making the log's file larger (`pave`) are
//! kept out of the commits' way.

mod apply;
mod calm;
mod checkpoint;
mod condition;
mod desk;
mod gather;
mod hold;
mod job;
mod moving;
mod open;
mod page;
mod pave;
mod reader;
mod scrub;
mod state;
#[cfg(test)]
pub(super) mod tests;
mod values;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, mpsc, oneshot};

use super::follow::{Feed, LogReader};
use super::{
    Clock, Commit, Direction, Document, Engine, EngineError, Epoch, Epochs, Health, Hearing, Id, Key,
    KeyRange, LogPage, Millis, Number, Outcome, Tidings,
};
use checkpoint::{Keeper, Marks};
use condition::Condition;
use desk::Desk;
use job::Job;
use reader::{Log, Readers};
use state::State;
use values::closed;
use writer::Writer;

pub use moving::SqliteAtRest;
pub use open::OpenError;

/// The file that everything is in.
const DATABASE: &str = "openline.db";

/// How many commits may wait for the writer; those that come then wait for a place.
const WAITING: usize = 1024;

/// When a commit counts as kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Synchronous {
    /// When the disk has it: nothing that was acknowledged is lost, even if the power fails.
    #[default]
    Full,
    /// When the operating system has it: if the power fails, the last commits may be lost.
    Normal,
    /// As `Normal`, and if the power fails the file may be damaged. For tests and experiments.
    Off,
}

/// What can be chosen about the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SqliteOptions {
    /// When a commit counts as kept.
    pub synchronous: Synchronous,
}

/// An engine on a SQLite file, in a folder that nobody else has open.
///
/// Answers to tokens are kept in this process's memory: whoever could repeat a commit lives in the same
/// process, and learns the outcome from it or ends with it. [`EngineError::Unknown`] is answered only if
/// the file could not even be read again after a `COMMIT` that failed.
#[derive(Debug)]
pub struct Sqlite {
    jobs: mpsc::Sender<Job>,
    desk: Arc<Desk>,
    readers: Readers,
    log: Log,
    feed: Arc<Feed>,
    condition: Arc<Condition>,
    marks: Arc<Marks>,
    epochs: Vec<Epoch>,
    clock: Clock,
    wal: PathBuf,
    threads: Mutex<Option<Threads>>,
}

#[derive(Debug)]
struct Threads {
    writer: JoinHandle<()>,
    keeper: JoinHandle<()>,
}

impl Sqlite {
    /// Opens the data folder, which is made if it is not there, and begins an epoch.
    ///
    /// The folder stays locked until [`close`](Engine::close) has returned, or the process ends.
    pub fn open(folder: &Path, options: SqliteOptions, clock: Clock) -> Result<Self, OpenError> {
        let opened = open::open(folder, options.synchronous)?;
        let wal = folder.join(format!("{DATABASE}-wal"));
        let (feed, condition, marks) = (Arc::new(Feed::new()), Arc::default(), Arc::default());
        let (jobs, waiting) = mpsc::channel(WAITING);
        let of_folder = |source| OpenError::Folder { folder: folder.to_owned(), source };

        let readers = Readers::new(opened.file.clone());
        let keeper = Keeper::open(
            &opened.file,
            &wal,
            options.synchronous,
            Arc::clone(&marks),
            jobs.downgrade(),
            readers.clone(),
        )
        .map_err(|error| open::of_database(&opened.file, &error))?;
        let epoch = Epochs::new(opened.epochs.clone(), Number(0)).current();
        let writer = Writer::new(
            opened.connection,
            opened.lock,
            epoch,
            clock.clone(),
            Arc::clone(&feed),
            Arc::clone(&condition),
            Arc::clone(&marks),
        );
        let desk = Arc::new(Desk::new(writer));
        let at_desk = Arc::clone(&desk);
        let named = |name: &str| std::thread::Builder::new().name(name.to_owned());
        let writer = named("sqlite-writer").spawn(move || at_desk.serve(waiting)).map_err(of_folder)?;
        let keeper = named("sqlite-keeper").spawn(move || keeper.run()).map_err(of_folder)?;
        Ok(Sqlite {
            jobs,
            desk,
            log: Log { readers: readers.clone(), epoch, clock: clock.clone() },
            readers,
            feed,
            condition,
            marks,
            epochs: opened.epochs,
            clock,
            wal,
            threads: Mutex::new(Some(Threads { writer, keeper })),
        })
    }

    /// Hands the writer a job and waits for what it answers.
    async fn ask<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, EngineError>>) -> Job,
    ) -> Result<T, EngineError> {
        let (answer, answered) = oneshot::channel();
        self.jobs.send(job(answer)).await.map_err(|_| closed())?;
        answered.await.unwrap_or_else(|_| Err(EngineError::Unknown("the writer has stopped".to_owned())))
    }
}

#[async_trait]
impl Engine for Sqlite {
    async fn commit(&self, commit: Arc<Commit>) -> Result<Outcome, EngineError> {
        // Those who wait come first.
        let is_first = self.jobs.capacity() == self.jobs.max_capacity();
        if is_first && let Some(answer) = self.desk.write(&commit) {
            return answer;
        }
        self.ask(|answer| Job::Commit(commit, answer)).await
    }

    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, EngineError> {
        let (keys, now) = (keys.to_vec(), self.clock.now());
        self.readers.query(move |connection| reader::get(connection, &keys, now)).await
    }

    async fn scan(
        &self,
        range: KeyRange,
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<(Key, Document)>, EngineError> {
        let now = self.clock.now();
        self.readers.query(move |connection| reader::scan(connection, &range, limit, direction, now)).await
    }

    async fn log(&self, hearing: &Hearing, after: Number, limit: usize) -> Result<LogPage, EngineError> {
        self.log.read_log(hearing, after, limit).await
    }

    fn follow(&self, after: Id) -> BoxStream<'static, Result<Tidings, EngineError>> {
        self.feed.follow(self.log.clone(), after.number)
    }

    async fn epochs(&self) -> Result<Epochs, EngineError> {
        // The head is read from the file, so that it is never behind a page of the log.
        let state = self.readers.glance(State::read).await?;
        Ok(Epochs::new(self.epochs.clone(), state.head))
    }

    async fn number_before(&self, at: Millis) -> Result<Number, EngineError> {
        self.readers.query(move |connection| reader::number_before(connection, at)).await
    }

    async fn trim(&self, upto: Number) -> Result<u64, EngineError> {
        let mut gone = 0;
        loop {
            // Piece by piece, so that commits come in between.
            match self.ask(|answer| Job::Trim(upto, answer)).await? {
                0 => return Ok(gone),
                more => gone += more,
            }
        }
    }

    async fn signal(&self, payload: Bytes) -> Result<(), EngineError> {
        if self.feed.signal(payload) { Ok(()) } else { Err(closed()) }
    }

    fn signals(&self) -> BoxStream<'static, Bytes> {
        self.feed.signals()
    }

    async fn health(&self) -> Result<Health, EngineError> {
        self.readers.query(State::read).await?;
        if self.jobs.is_closed() {
            return Err(closed());
        }
        let (commits, batches) = self.condition.counts()?;
        let wal_bytes = std::fs::metadata(&self.wal).map_or(0, |wal| wal.len());
        let unscrubbed = Some(self.marks.unscrubbed());
        Ok(Health { wal_bytes: Some(wal_bytes), unscrubbed, commits, batches })
    }

    async fn close(&self) {
        let mut threads = self.threads.lock().await;
        let Some(Threads { writer, keeper }) = threads.take() else { return };
        self.readers.close();
        self.marks.stop();
        // An error says that the writer has stopped already.
        let _ = self.jobs.send(Job::Close).await;
        // A thread that panicked has said so on standard error.
        let _ = tokio::task::spawn_blocking(move || (keeper.join().is_ok(), writer.join().is_ok())).await;
    }
}
