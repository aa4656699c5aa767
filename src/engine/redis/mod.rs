//! The engine of many machines: everything in one Redis (or Valkey), shared by all nodes.
//!
//! A commit is one script: its checks, its number, its entry and its documents in one step that nobody can
//! come between. The log is a stream whose ids are the numbers; each audience has a stream of its own that
//! lists its numbers. Nodes follow by a blocking read on a connection of its own, and look each time at the
//! epochs, which the script changes when the server is not the one that it was (`scripts/state.lua`).
//!
//! | key, after `{prefix}:` | what |
//! |---|---|
//! | `state` | hash: epochs, identity of the server, head, serial of versions, time of the last entry, last trimmed number |
//! | `log` | stream of entries; the id is `<number>-0` |
//! | `heard:<audience>` | stream of the numbers of its entries |
//! | `trimmed` | hash: the last trimmed number of each audience |
//! | `documents` | hash: key → `version number expires json` |
//! | `names` | sorted set of the keys, for ranges |
//! | `expiring` | sorted set of keys by when they expire |
//! | `tokens`, `tokens:old` | hashes: what recent commits were answered |
//! | `signals:<database>` | a channel |

mod connect;
mod follow;
mod link;
mod place;
mod promise;
mod reason;
mod scripts;
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
use tokio_util::sync::CancellationToken;

use super::follow::Feed;
use super::{
    Clock, Commit, Direction, Document, Engine, EngineError, Epochs, Health, Hearing, Id, Key, KeyRange,
    LogPage, Millis, Number, Outcome, Tidings,
};
use connect::Connector;
use link::Link;
use reason::Trouble;
use scripts::{Keys, Scripts};
use writer::{Job, Writer};

pub use place::{Address, BadPlace, RedisPlace, Secret, Servers};
pub use promise::Promise;

/// How many commits may wait for the writer; those that come then wait for a place.
const WAITING: usize = 1024;
/// How many entries are trimmed in one step, so that commits come in between.
const TRIMMED_AT_ONCE: usize = 1000;
/// How long to wait for a Redis that is not there yet when a node starts, and how often to look.
const STARTING: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(300);

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
    #[error("Redis cannot be used: {0}")]
    Unreachable(String),
    /// It would do what must not be.
    #[error("this Redis cannot be used: {0}")]
    Unsuitable(String),
    /// The file with the certificate authority cannot be read.
    #[error("the file {file} cannot be read: {error}")]
    Authority {
        /// Which.
        file: PathBuf,
        /// Why not.
        error: std::io::Error,
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

/// What all parts of the engine use.
struct Shared {
    connector: Arc<Connector>,
    /// For whatever does not block.
    link: Link,
    keys: Keys,
    scripts: Scripts,
    clock: Clock,
    closed: CancellationToken,
    /// Why the last commit was refused, until one is not.
    refused: Mutex<Option<String>>,
    commits: AtomicU64,
    batches: AtomicU64,
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
        let connector = Arc::new(Connector::new(place, &options)?);
        let scripts = Scripts::new();
        let shared = Arc::new(Shared {
            link: Link::new(Arc::clone(&connector), &scripts),
            keys,
            connector,
            scripts,
            clock,
            closed: CancellationToken::new(),
            refused: Mutex::default(),
            commits: AtomicU64::new(0),
            batches: AtomicU64::new(0),
        });
        shared.wait_until_ready().await?;
        let promise = Promise::of(&shared.link, options.wait_replicas)
            .await
            .map_err(|trouble| RedisOpenError::Unreachable(trouble.reason))?;
        promise.check(options.allow_eviction).map_err(RedisOpenError::Unsuitable)?;
        shared.begin().await.map_err(|trouble| RedisOpenError::Unreachable(trouble.reason))?;

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

fn closed() -> EngineError {
    EngineError::Unavailable("it is closed".to_owned())
}

impl Shared {
    async fn wait_until_ready(&self) -> Result<(), RedisOpenError> {
        let deadline = tokio::time::Instant::now() + STARTING;
        loop {
            match self.link.check().await {
                Ok(()) => return Ok(()),
                Err(trouble) if trouble.may_pass && tokio::time::Instant::now() < deadline => {
                    tracing::warn!(reason = trouble.reason, "waiting for Redis");
                    tokio::time::sleep(LOOK).await;
                }
                Err(trouble) => return Err(RedisOpenError::Unreachable(trouble.reason)),
            }
        }
    }

    /// Begins an epoch if the server is another than before.
    async fn begin(&self) -> Result<(), Trouble> {
        let fresh = scripts::fresh_epoch();
        let is_new: u32 = self
            .link
            .script(&self.scripts.open, &self.keys, |call| {
                call.arg(&fresh.id).arg(fresh.serial);
            })
            .await?;
        if is_new == 1 {
            tracing::info!("a new store was made in Redis");
        }
        Ok(())
    }

    async fn epochs(&self) -> Result<Epochs, EngineError> {
        let state: Vec<Option<String>> = self.link.query(&values::state_query(&self.keys)).await?;
        Ok(values::state(&state)?.epochs)
    }

    /// While commits are refused (a full memory, a full disk), tries whether a write is still refused.
    async fn check_writes(&self) -> Result<(), EngineError> {
        let mut refused = self.refused.lock().await;
        if refused.is_some() {
            let mut write = cmd("HSET");
            write.arg(self.keys.state()).arg("checked").arg(self.clock.now());
            self.link.query::<u64>(&write).await?;
            *refused = None;
        }
        Ok(())
    }

    /// Refuses what comes after closing.
    fn open(&self) -> Result<(), EngineError> {
        if self.closed.is_cancelled() { Err(closed()) } else { Ok(()) }
    }
}

#[async_trait]
impl Engine for Redis {
    async fn commit(&self, commit: Commit) -> Result<Outcome, EngineError> {
        let jobs = self.jobs.lock().await.clone().ok_or_else(closed)?;
        let (answer, answered) = oneshot::channel();
        jobs.send(Job { commit, answer }).await.map_err(|_| closed())?;
        drop(jobs);
        answered.await.unwrap_or_else(|_| Err(EngineError::Unknown("the writer has stopped".to_owned())))
    }

    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, EngineError> {
        self.shared.open()?;
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let query = values::documents_query(&self.shared.keys, keys.iter());
        let stored: Vec<Option<Vec<u8>>> = self.shared.link.query(&query).await?;
        let now = self.shared.clock.now();
        stored.into_iter().map(|stored| values::document(stored, now)).collect()
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
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Ok(Health {
            wal_bytes: None,
            commits: read(&self.shared.commits),
            batches: read(&self.shared.batches),
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
