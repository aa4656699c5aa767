//! What all parts of the engine use: the link to Redis, and what this node knows of the log there.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::cmd;
use tokio_util::sync::CancellationToken;

use super::super::{Clock, EngineError, EpochId, Epochs, Id, Millis, Number};
use super::connect::Connector;
use super::link::Link;
use super::promise::Promise;
use super::reason::Trouble;
use super::scripts::{self, Keys, Scripts};
use super::{RedisOptions, values};

/// How long to wait for a Redis that is not there yet when a node starts, and how often to look.
const STARTING: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(300);

/// How far apart clocks may be before that is worth a word.
const CLOCKS_APART: Duration = Duration::from_secs(30);

/// What all parts of the engine use.
pub(super) struct Shared {
    pub(super) connector: Arc<Connector>,
    /// For whatever does not block.
    pub(super) link: Link,
    pub(super) keys: Keys,
    pub(super) scripts: Scripts,
    pub(super) clock: Clock,
    pub(super) closed: CancellationToken,
    /// Why the last commit was refused, until one is not.
    pub(super) refused: Mutex<Option<String>>,
    pub(super) wait_replicas: u32,
    allow_eviction: bool,
    /// Why the log cannot be followed, while it cannot.
    pub(super) deaf: Mutex<Option<String>>,
    /// The last id of the log that this node knows of.
    seen: Mutex<Id>,
    pub(super) commits: AtomicU64,
    pub(super) batches: AtomicU64,
}

/// The value of a lock. A panic while it was held leaves nothing half done here.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is answered after closing.
pub(super) fn closed() -> EngineError {
    EngineError::Unavailable("it is closed".to_owned())
}

impl Shared {
    pub(super) fn new(connector: Arc<Connector>, keys: Keys, options: &RedisOptions, clock: Clock) -> Self {
        let scripts = Scripts::new();
        Shared {
            link: Link::new(Arc::clone(&connector), &scripts),
            connector,
            keys,
            scripts,
            clock,
            closed: CancellationToken::new(),
            refused: Mutex::default(),
            wait_replicas: options.wait_replicas,
            allow_eviction: options.allow_eviction,
            deaf: Mutex::default(),
            seen: Mutex::new(Id { epoch: EpochId(0), number: Number(0) }),
            commits: AtomicU64::new(0),
            batches: AtomicU64::new(0),
        }
    }

    /// Waits some seconds for a Redis that is starting.
    pub(super) async fn wait_until_ready(&self, place: &str) -> Result<(), Trouble> {
        let deadline = tokio::time::Instant::now() + STARTING;
        let mut said = String::new();
        loop {
            match self.link.check().await {
                Err(trouble) if trouble.may_pass && tokio::time::Instant::now() < deadline => {
                    if trouble.reason != said {
                        tracing::warn!(reason = trouble.reason, "waiting for {place}");
                        said = trouble.reason;
                    }
                    tokio::time::sleep(LOOK).await;
                }
                answer => return answer,
            }
        }
    }

    /// Says it if this node's clock and that of Redis are far apart: messages would bear wrong times, and what
    /// expires would do so too soon or too late.
    pub(super) async fn compare_clocks(&self) -> Result<(), Trouble> {
        let (seconds, _): (Millis, Millis) = self.link.query(&cmd("TIME")).await?;
        let apart = Duration::from_millis(self.clock.now().abs_diff(1000 * seconds));
        if apart > CLOCKS_APART {
            tracing::warn!(?apart, "the clocks of this machine and of Redis differ; set them by NTP");
        }
        Ok(())
    }

    /// Begins an epoch if the server is another than before.
    pub(super) async fn begin(&self) -> Result<(), Trouble> {
        let (fresh, seen) = (scripts::fresh_epoch(), self.seen());
        let is_new: u32 = self
            .link
            .script(&self.scripts.open, &self.keys, |call| {
                call.arg(&fresh.id).arg(fresh.serial).arg(seen.epoch.to_string()).arg(seen.number.0);
            })
            .await?;
        if is_new == 1 {
            tracing::info!("a new store was made in Redis");
        }
        Ok(())
    }

    /// The epochs. If everything is gone (`FLUSHALL`, an empty server in the place of the former), begins anew.
    pub(super) async fn epochs(&self) -> Result<Epochs, EngineError> {
        let query = values::state_query(&self.keys);
        let mut fields: Vec<Option<String>> = self.link.query(&query).await?;
        if values::is_gone(&fields) {
            self.begin().await?;
            fields = self.link.query(&query).await?;
        }
        Ok(values::state(&fields)?.epochs)
    }

    /// Another server may be behind the address now: says it if that one is not fit.
    pub(super) async fn look_again(&self) {
        if let Ok(promise) = Promise::of(&self.link, self.wait_replicas).await {
            match promise.check(self.allow_eviction) {
                Ok(()) => tracing::info!(%promise, "an epoch has begun in Redis"),
                Err(reason) => {
                    tracing::error!(%promise, reason, "the Redis that is the primary now is not fit");
                }
            }
        }
    }

    /// The last id of the log that this node knows of.
    pub(super) fn seen(&self) -> Id {
        *locked(&self.seen)
    }

    /// Notes an id that the log has given out: of the same epoch the highest counts, else the one that came last.
    pub(super) fn see(&self, id: Id) {
        let mut seen = locked(&self.seen);
        if seen.epoch != id.epoch || seen.number < id.number {
            *seen = id;
        }
    }

    /// While commits are refused (a full memory, a full disk), tries whether a write is still refused.
    pub(super) async fn check_writes(&self) -> Result<(), EngineError> {
        if locked(&self.refused).is_some() {
            let mut write = cmd("HSET");
            write.arg(self.keys.state()).arg("checked").arg(self.clock.now());
            self.link.query::<u64>(&write).await?;
            *locked(&self.refused) = None;
        }
        Ok(())
    }

    /// Refuses what comes after closing.
    pub(super) fn open(&self) -> Result<(), EngineError> {
        if self.closed.is_cancelled() { Err(closed()) } else { Ok(()) }
    }
}
