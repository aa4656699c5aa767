//! The engine of many machines: everything in one Redis (or Valkey), shared by all nodes.
//!
//! A commit is one script: its checks, its number, its entry and its documents in one step that nobody can
//! come between. The log is a stream whose ids are the numbers; each audience has a list of its own
//! numbers. Nodes follow by a blocking read on a connection of its own, and look each time at the
//! epochs, which the script changes when the server is not the one that it was (`scripts/state.lua`).
//!
//! | key, after `{prefix}:` | what |
//! |---|---|
//! | `state` | hash: epochs, identity of the server, head, serial of versions, time of the last entry, last trimmed number |
//! | `log` | stream of entries; the id is `<number>-0` |
//! | `heard:<audience>` | list of the numbers of its entries |
//! | `trimmed` | hash: the last trimmed number of each audience |
//! | `documents` | hash: key → `version number expires json` |
//! | `names` | sorted set of the keys, for ranges |
//! | `expiring` | sorted set of keys by when they expire |
//! | `tokens`, `tokens:old` | hashes: what recent commits were answered |
//! | `moving` | there only while everything is moved here, or when such a move came to no end |
//! | `signals:<database>` | a channel |

mod connect;
mod follow;
mod link;
mod moving;
mod place;
mod promise;
mod reason;
mod scripts;
mod shared;
mod signals;
#[cfg(test)]
pub(super) mod tests;
mod values;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use redis::{Value, cmd};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::follow::Feed;
use super::{
    Clock, Commit, Direction, Document, Engine, EngineError, Epochs, Health, Hearing, Id, Key, KeyRange,
    LogPage, Millis, Number, Outcome, Tidings,
};
use connect::Connector;
use reason::Trouble;
use scripts::Keys;
use shared::{Shared, closed, locked};
use writer::{Job, Writer};

pub use moving::RedisAtRest;
pub use place::{Address, BadPlace, RedisPlace, Secret, Servers};
pub use promise::Promise;

/// How many commits may wait for the writer; those that come then wait for a place.
const WAITING: usize = 1024;
/// How many entries are trimmed in one step, so that commits come in between.
const TRIMMED_AT_ONCE: usize = 1000;
/// What can be chosen.
#[derive(Debug, Clone)]
pub struct RedisOptions {
    /// The beginning of every key, so that several servers can share a database.
    pub prefix: String,
    /// How many replicas must have a commit before it is answered.
    pub wait_replicas: u32,
    /// How long an answer of Redis may take.
    pub timeout: Duration,
    /// Whether a Redis that may silently drop data is accepted.
    pub allow_eviction: bool,
    /// A PEM file with the certificate authority of Redis, if it is not one that the system knows.
    pub ca: Option<PathBuf>,
    /// The password of the Sentinels, if they have one.
    pub sentinel_password: Option<Secret>,
}

/// Why a Redis was not opened.
#[derive(Debug, thiserror::Error)]
pub enum RedisOpenError {
    /// It cannot be reached, or refuses us.
    #[error("{place} cannot be used: {reason}")]
    Unreachable {
        /// Where it should be. Without its password.
        place: String,
        /// Why not.
        reason: String,
    },
    /// It would do what must not be.
    #[error("{place} cannot be used: {reason}")]
    Unsuitable {
        /// Where it is. Without its password.
        place: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// The file with the certificate authority cannot be read.
    #[error("the file {file} cannot be read: {error}")]
    Authority {
        /// Which.
        file: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// It is to be moved, and nodes are connected to it.
    #[error("{place} is in use: nodes are still running on it ({nodes}); stop them first")]
    InUse {
        /// Where it is. Without its password.
        place: String,
        /// How many.
        nodes: u64,
    },
}

/// An engine on a Redis that other nodes may have open too.
pub struct Redis {
    shared: Arc<Shared>,
    feed: Arc<Feed>,
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    promise: Promise,
}

impl Redis {
    /// Connects, waiting some seconds for a Redis that is starting; looks whether it is fit; and begins an
    /// epoch if it is not the server that it was.
    pub async fn open(
        place: RedisPlace,
        options: RedisOptions,
        clock: Clock,
    ) -> Result<Self, RedisOpenError> {
        let keys = Keys::new(&options.prefix, place.database);
        let written = place.to_string();
        let connector = Arc::new(Connector::new(place, &options)?);
        let shared = Arc::new(Shared::new(connector, keys, &options, clock));
        let unreachable =
            |trouble: Trouble| RedisOpenError::Unreachable { place: written.clone(), reason: trouble.reason };
        shared.wait_until_ready(&written).await.map_err(unreachable)?;
        let promise = Promise::of(&shared.link, options.wait_replicas).await.map_err(unreachable)?;
        promise
            .check(options.allow_eviction)
            .map_err(|reason| RedisOpenError::Unsuitable { place: written.clone(), reason })?;
        shared.compare_clocks().await.map_err(unreachable)?;
        shared.begin().await.map_err(unreachable)?;

        let feed = Arc::new(Feed::new());
        signals::start(Arc::clone(&shared), Arc::clone(&feed)).await;
        let (jobs, waiting) = mpsc::channel(WAITING);
        let writer = Writer::new(Arc::clone(&shared), options.wait_replicas, options.timeout);
        Ok(Redis {
            writer: Mutex::new(Some(tokio::spawn(writer.run(waiting)))),
            jobs: Mutex::new(Some(jobs)),
            shared,
            feed,
            promise,
        })
    }

    /// What this Redis promises.
    pub fn promise(&self) -> &Promise {
        &self.promise
    }
}

#[async_trait]
impl Engine for Redis {
    async fn commit(&self, commit: Arc<Commit>) -> Result<Outcome, EngineError> {
        let jobs = self.jobs.lock().await.clone().ok_or_else(closed)?;
        let (answer, answered) = oneshot::channel();
        jobs.send(Job { commit, answer }).await.map_err(|_| closed())?;
        drop(jobs);
        answered.await.unwrap_or_else(|_| Err(EngineError::Unknown("the writer has stopped".to_owned())))
    }

    async fn confirm(&self) -> Result<(), EngineError> {
        if self.shared.wait_replicas > 0 {
            // Its token is written behind everything that was seen, and waited for.
            self.commit(Commit::new().into()).await?;
        }
        Ok(())
    }

    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, EngineError> {
        self.shared.open()?;
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let query = values::documents_query(&self.shared.keys, keys.iter());
        let stored: Vec<Option<Vec<u8>>> = self.shared.link.query(&query).await?;
        let now = self.shared.clock.now();
        Ok(stored.into_iter().map(|stored| values::document(stored, now)).collect())
    }

    async fn scan(
        &self,
        range: KeyRange,
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<(Key, Document)>, EngineError> {
        self.shared.open()?;
        if range.start >= range.end || limit == 0 {
            return Ok(Vec::new());
        }
        let shared = &self.shared;
        let way = match direction {
            Direction::Forward => "forward",
            Direction::Backward => "backward",
        };
        let found: Vec<Vec<u8>> = shared
            .link
            .script(&shared.scripts.scan, &shared.keys, |call| {
                call.arg(&range.start).arg(&range.end).arg(limit).arg(way).arg(shared.clock.now());
            })
            .await?;
        values::keyed_documents(found)
    }

    async fn log(&self, hearing: &Hearing, after: Number, limit: usize) -> Result<LogPage, EngineError> {
        self.shared.open()?;
        let shared = &self.shared;
        let page: Value = shared
            .link
            .script(&shared.scripts.log, &shared.keys, |call| {
                call.arg(after.0).arg(limit).arg(shared.clock.now());
                match hearing {
                    Hearing::Everything => _ = call.arg("everything"),
                    Hearing::Of(audiences) => {
                        call.arg("of");
                        audiences.iter().for_each(|name| _ = call.arg(name.0.as_ref()));
                    }
                }
            })
            .await?;
        values::page(page)
    }

    fn follow(&self, after: Id) -> BoxStream<'static, Result<Tidings, EngineError>> {
        if self.shared.closed.is_cancelled() {
            return stream::empty().boxed();
        }
        follow::follow(Arc::clone(&self.shared), after)
    }

    async fn epochs(&self) -> Result<Epochs, EngineError> {
        self.shared.open()?;
        self.shared.epochs().await
    }

    async fn number_before(&self, at: Millis) -> Result<Number, EngineError> {
        self.shared.open()?;
        let shared = &self.shared;
        let number: String =
            shared.link.script(&shared.scripts.before, &shared.keys, |call| _ = call.arg(at)).await?;
        number.parse().map(Number).map_err(|_| values::damaged("a number"))
    }

    async fn trim(&self, upto: Number) -> Result<u64, EngineError> {
        self.shared.open()?;
        let shared = &self.shared;
        let mut gone = 0;
        loop {
            let piece: u64 = shared
                .link
                .script(&shared.scripts.trim, &shared.keys, |call| {
                    call.arg(upto.0).arg(TRIMMED_AT_ONCE);
                })
                .await?;
            gone += piece;
            if piece < TRIMMED_AT_ONCE as u64 {
                return Ok(gone);
            }
        }
    }

    async fn signal(&self, payload: Bytes) -> Result<(), EngineError> {
        self.shared.open()?;
        let mut publish = cmd("PUBLISH");
        publish.arg(self.shared.keys.signals()).arg(payload.as_ref());
        self.shared.link.query::<u64>(&publish).await?;
        Ok(())
    }

    fn signals(&self) -> BoxStream<'static, Bytes> {
        self.feed.signals()
    }

    async fn health(&self) -> Result<Health, EngineError> {
        self.shared.open()?;
        self.shared.epochs().await?;
        self.shared.check_writes().await?;
        if let Some(reason) = locked(&self.shared.deaf).clone() {
            return Err(EngineError::Unavailable(format!("the log cannot be followed: {reason}")));
        }
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Ok(Health {
            commits: read(&self.shared.commits),
            batches: read(&self.shared.batches),
            ..Health::default()
        })
    }

    async fn close(&self) {
        self.jobs.lock().await.take();
        if let Some(writer) = self.writer.lock().await.take() {
            // What was accepted is answered first. A writer that panicked has said so.
            let _ = writer.await;
        }
        self.shared.closed.cancel();
        self.feed.close();
    }
}
