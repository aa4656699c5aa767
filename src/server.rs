//! The house, built bottom-up: engine, hub, chat, doors. And the order in which it is left.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::net::TcpSocket;
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::task::TaskTracker;

use crate::chat::{Chat, OwnerKey, Refusal, Retention};
use crate::config::{Config, DataPlace, EngineChoice};
use crate::engine::{
    Clock, Engine, EngineError, Memory, OpenError, Redis, RedisOpenError, Sqlite, SqliteOptions,
};
use crate::http::accept::{Bounds, Connections, tune};
use crate::http::shard::{Reception, Shards};
use crate::http::stall::Stalls;
use crate::http::{self, Doors, Entrance, Limits, Lines, Metrics, Pages, PerAddress, Rates, Routes, Welcome};
use crate::hub::{self, Hub, Options};

/// How many connections may wait to be accepted; the kernel has a bound of its own.
const BACKLOG: u32 = 4096;
/// How often what need not be kept is let go.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// How many passwords are hashed, or wait for it, for one address. A quarter of those that can wait at all.
const MOST_HASHED_FOR_AN_ADDRESS: usize = 16;
/// The metrics' listener is for one reader, who is quick.
const METRICS_BOUNDS: Bounds = Bounds {
    head_bytes: 8192,
    head_timeout: Duration::from_secs(10),
    write_timeout: Duration::from_secs(10),
    per_address: 0,
};

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody listens there already, or it is not ours to listen on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        error: std::io::Error,
    },
    /// The data folder cannot be used.
    #[error(transparent)]
    Data(#[from] OpenError),
    /// The Redis cannot be used.
    #[error(transparent)]
    Redis(#[from] RedisOpenError),
    /// The store was opened and does not answer.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A part of the server failed while it ran; the log says which.
    #[error("a part of the server failed; it was stopped, and may be started again")]
    Broken,
    /// The key by which whoever runs the server can make an owner cannot be made or read.
    #[error("the owner's key in {} cannot be used: {error}", .folder.display())]
    OwnerKey {
        /// The data folder.
        folder: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// A setting that cannot be.
    #[error("{0}")]
    Setting(String),
}

impl StartError {
    fn thread(error: &std::io::Error) -> Self {
        StartError::Setting(format!("no thread can be had for lines: {error}"))
    }

    /// Whether another server has the port or the data folder.
    pub fn is_in_use(&self) -> bool {
        match self {
            StartError::Listen { error, .. } => error.kind() == std::io::ErrorKind::AddrInUse,
            StartError::Data(error) => matches!(error, OpenError::InUse(_)),
            StartError::Redis(_)
            | StartError::Engine(_)
            | StartError::Broken
            | StartError::OwnerKey { .. }
            | StartError::Setting(_) => false,
        }
    }
}

/// A server that listens, and has not begun to serve.
pub struct Server {
    engine: Arc<dyn Engine>,
    hub: Hub,
    hub_tasks: hub::Tasks,
    doors: Arc<Doors>,
    connections: Arc<Connections>,
    shards: Arc<Shards>,
    listener: TcpListener,
    metrics: Option<(Arc<Connections>, TcpListener)>,
    address: SocketAddr,
    retention: Retention,
    grace: Duration,
}

impl Server {
    /// Opens the store and the listeners. Nothing is served before [`run`](Server::run).
    pub async fn bind(config: Config) -> Result<Self, StartError> {
        let routes = Routes::read(&config.routes).map_err(StartError::Setting)?;
        raise_file_limit();
        let write_timeout = config.limits.write_timeout.0;
        let listener = listen(config.listen, write_timeout)?;
        let address =
            listener.local_addr().map_err(|error| StartError::Listen { address: config.listen, error })?;
        let clock = Clock::system();
        let engine = open_engine(&config, &clock).await?;
        let chat = Chat::new(Arc::clone(&engine), clock, config.policy());
        let chat = Arc::new(match owner_key(&config)? {
            Some(key) => chat.with_owner_key(key),
            None => chat,
        });
        let hub =
            Hub::new(Arc::clone(&engine), Arc::clone(&chat) as _, Arc::clone(&chat) as _, options(&config))
                .await?;
        let (hub_tasks, follower) = hub.start_apart();
        let doors = Arc::new(Doors {
            chat,
            hub: hub.clone(),
            lines: Lines::new(config.limits.lines, config.limits.lines_per_address),
            rates: Rates::new(config.limits.posts_per_second, config.limits.posts_burst),
            hashing: PerAddress::new(MOST_HASHED_FOR_AN_ADDRESS),
            welcome: Welcome::new(&config.hosts, &config.origins, config.public_url.as_deref()),
            public_url: config.public_url.clone(),
            limits: Limits {
                body_bytes: config.limits.body_bytes,
                rooms_per_line: config.limits.rooms_per_line,
                signal_bytes: config.limits.signal_bytes,
            },
            pages: config.pages.as_ref().map(|pages| Pages::new(&pages.dir)),
            trusted_proxies: config.trusted_proxies.clone(),
            routes,
            metrics: Metrics::new(),
            tasks: TaskTracker::new(),
            closing: AtomicBool::new(false),
        });
        let stalls = Stalls::new();
        let shards =
            Shards::start(line_threads(config.stream.threads), write_timeout, &stalls, &Handle::current())
                .map(Arc::new)
                .map_err(|error| StartError::thread(&error))?;
        shards.run(follower);
        let bounds = Bounds {
            head_bytes: config.limits.head_bytes,
            head_timeout: config.limits.head_timeout.0,
            write_timeout,
            per_address: config.limits.connections_per_address,
        };
        let metrics = match config.metrics {
            Some(address) => {
                let router = http::metrics::router(Arc::clone(&doors), stalls.clone());
                let entrance = Entrance::unguarded(router);
                Some((
                    Arc::new(Connections::new(
                        entrance,
                        METRICS_BOUNDS,
                        Stalls::new(),
                        Vec::new(),
                        Arc::clone(&shards),
                    )),
                    listen(address, METRICS_BOUNDS.write_timeout)?,
                ))
            }
            None => None,
        };
        let proxies = config.trusted_proxies.clone();
        let connections =
            Arc::new(Connections::new(Entrance::to(&doors), bounds, stalls, proxies, Arc::clone(&shards)));
        Ok(Server {
            engine,
            hub,
            hub_tasks,
            doors,
            connections,
            shards,
            listener,
            metrics,
            address,
            retention: retention(&config),
            grace: config.grace.0,
        })
    }

    /// Where it listens; with port 0 in the configuration, the port that it was given.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Where its metrics are, if they are wanted.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().and_then(|(_, listener)| listener.local_addr().ok())
    }

    /// The code by which the first owner comes in, if there is none yet: once, within a day.
    pub async fn first_owner_code(&self) -> Result<Option<String>, Refusal> {
        let chat = &self.doors.chat;
        if chat.has_owner().await? {
            return Ok(None);
        }
        chat.owner_link().await.map(|link| Some(link.code))
    }

    /// Serves until `shutdown` comes, and then ends well within the time of grace.
    ///
    /// An error if it had to end because a part of it failed.
    pub async fn run(mut self, shutdown: impl Future<Output = ()>) -> Result<(), StartError> {
        let mut tasks = JoinSet::new();
        let mut listening = vec![(Arc::clone(&self.connections), self.listener)];
        listening.extend(self.metrics);
        for (connections, listener) in listening {
            let reception: Arc<dyn Reception> = Arc::new(Arc::clone(&connections));
            self.shards.listen(&listener, &reception).map_err(|error| StartError::thread(&error))?;
            tasks.spawn(connections.watch());
        }
        tasks.spawn(sweep(Arc::clone(&self.doors.chat), self.retention));
        let outcome = tokio::select! {
            () = shutdown => Ok(()),
            () = self.hub_tasks.ended() => Err(StartError::Broken),
            () = self.shards.ended() => Err(StartError::Broken),
            _ = tasks.join_next() => Err(StartError::Broken),
        };
        // No new lines; every open one is told when to come back; requests under way end; then the
        // store, so that nothing is acknowledged that it does not have.
        self.doors.closing.store(true, Ordering::Relaxed);
        self.shards.close();
        self.hub.close();
        if let Ok(Err(error)) = tokio::time::timeout(Duration::from_secs(1), self.hub.say_goodbye()).await {
            tracing::debug!(%error, "the other nodes could not be told");
        }
        self.doors.tasks.close();
        self.connections.finish(self.grace).await;
        if tokio::time::timeout(Duration::from_secs(1), self.doors.tasks.wait()).await.is_err() {
            tracing::warn!("some commands did not end in time");
        }
        // Peers have a second to end their side, and half of one may pass until it is noticed that they did not.
        self.shards.finish(Duration::from_secs(2)).await;
        tasks.shutdown().await;
        drop(self.hub_tasks);
        self.engine.close().await;
        outcome
    }
}

fn listen(address: SocketAddr, write_timeout: Duration) -> Result<TcpListener, StartError> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?.into_std()?;
        tune(&listener, write_timeout)?;
        Ok(listener)
    };
    listen().map_err(|error| StartError::Listen { address, error })
}

/// How many threads write lines, if so many are wished; 0 leaves it to us.
fn line_threads(wished: usize) -> usize {
    match wished {
        // Each write wakes somebody: the other half of the cores is theirs, and that of the posts.
        0 => std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1)),
        wished => wished,
    }
}

/// Every line is a file: take as many as the system allows.
fn raise_file_limit() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(files) => tracing::debug!(files, "the most files that may be open"),
        Err(error) => tracing::warn!(%error, "the limit of open files could not be raised"),
    }
}

async fn open_engine(config: &Config, clock: &Clock) -> Result<Arc<dyn Engine>, StartError> {
    if let EngineChoice::Redis(place) = &config.engine {
        let redis = Redis::open(place.clone(), config.redis.options(), clock.clone()).await?;
        tracing::info!(at = %place, promise = %redis.promise(), "everything is kept in Redis");
        return Ok(Arc::new(redis));
    }
    Ok(match &config.data {
        DataPlace::Memory => Arc::new(Memory::new(clock.clone())),
        DataPlace::Folder(folder) => {
            let options = SqliteOptions { synchronous: config.sqlite.synchronous };
            Arc::new(Sqlite::open(folder, options, clock.clone())?)
        }
    })
}

/// The key beside the data, where there is a folder.
fn owner_key(config: &Config) -> Result<Option<OwnerKey>, StartError> {
    match (&config.engine, &config.data) {
        (EngineChoice::Sqlite, DataPlace::Folder(folder)) => OwnerKey::in_folder(folder)
            .map(Some)
            .map_err(|error| StartError::OwnerKey { folder: folder.clone(), error }),
        _ => Ok(None),
    }
}

fn options(config: &Config) -> Options {
    Options {
        ring_bytes: config.ring.bytes,
        signals: config.ring.signals,
        signals_per_second: config.limits.signals_per_second,
        heartbeat: config.stream.heartbeat.0,
        retry: config.stream.retry.0,
        batch_bytes: config.stream.batch_bytes,
    }
}

fn retention(config: &Config) -> Retention {
    let some = |count: u64| (count > 0).then_some(count);
    Retention {
        log_age: Some(config.retention.log_age.0),
        log_entries: some(config.retention.log_entries),
        history_age: config.retention.history_age.map(|age| age.0),
        history_messages: some(config.retention.history_messages)
            .and_then(|count| usize::try_from(count).ok()),
    }
}

async fn sweep(chat: Arc<Chat>, retention: Retention) {
    let mut ticks = interval(SWEEP_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match chat.sweep(&retention).await {
            Ok(swept) => {
                let (entries, messages) = (swept.entries, swept.messages);
                tracing::debug!(entries, messages, "let go of what need not be kept");
            }
            Err(error) => tracing::warn!(%error, "what need not be kept could not be let go"),
        }
    }
}
