//! Nodes on one engine: a single one that keeps everything in SQLite, or several on a Redis of their own.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use openline::load::Process;
use tempfile::TempDir;

use super::redis::RedisServer;
use super::server::{Keep, Server};

/// What the Redis promises: what it has answered is in its file, and within a second on the disk.
const PROMISE: [&str; 2] = ["appendonly yes", "appendfsync everysec"];

/// Nodes that run until this is dropped, and their Redis after them.
pub struct House {
    /// The nodes; at least one.
    pub nodes: Vec<Server>,
    /// The Redis that they share, if they have one.
    pub redis: Option<Redis>,
}

/// A Redis under measurement.
pub struct Redis {
    /// To ask it.
    pub server: RedisServer,
    /// What the system says of it.
    pub process: Process,
    /// Removed with it, so it stands last.
    _folder: TempDir,
}

impl House {
    /// One node on a new SQLite file inside `place`.
    pub fn on_disk(place: &Path) -> Result<House> {
        Ok(House { nodes: vec![Server::start(Keep::Disk, place)?], redis: None })
    }

    /// So many nodes on a new Redis, whose file is inside `place` too.
    pub fn on_redis(place: &Path, nodes: usize) -> Result<House> {
        let redis = Redis::start(place)?;
        let keep = Keep::Redis(redis.server.address());
        let nodes = (0..nodes).map(|_| Server::start(keep, place)).collect::<Result<_>>()?;
        Ok(House { nodes, redis: Some(redis) })
    }

    /// What it is called in the table.
    pub fn name(&self) -> String {
        match (&self.redis, self.nodes.len()) {
            (None, _) => "1 node, SQLite".to_owned(),
            (Some(_), 1) => "1 node, Redis".to_owned(),
            (Some(_), nodes) => format!("{nodes} nodes, Redis"),
        }
    }

    /// Where the nodes listen.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.address).collect()
    }

    /// The processor time that the nodes and their Redis have used so far.
    pub fn spent(&self) -> io::Result<Spent> {
        let nodes = self.nodes.iter().map(|node| node.process.cpu()).sum::<io::Result<Duration>>()?;
        let redis = self.redis.as_ref().map(|redis| redis.process.cpu()).transpose()?;
        Ok(Spent { nodes, redis: redis.unwrap_or_default() })
    }

    /// The memory of all nodes, in KiB.
    pub fn memory(&self) -> io::Result<u64> {
        self.nodes.iter().map(|node| node.process.memory()).sum()
    }
}

/// Processor time.
#[derive(Debug, Clone, Copy)]
pub struct Spent {
    /// All nodes together.
    pub nodes: Duration,
    /// Their Redis; nothing if they have none.
    pub redis: Duration,
}

impl Spent {
    /// What was spent since an earlier look.
    pub fn since(self, earlier: Spent) -> Spent {
        Spent {
            nodes: self.nodes.saturating_sub(earlier.nodes),
            redis: self.redis.saturating_sub(earlier.redis),
        }
    }
}

impl Redis {
    fn start(place: &Path) -> Result<Redis> {
        let folder = tempfile::tempdir_in(place)?;
        let lines = [PROMISE[0], PROMISE[1], &format!("dir {}", folder.path().display())];
        let server = RedisServer::with(&lines);
        let id = server.info("process_id").parse().context("the process id of Redis")?;
        Ok(Redis { server, process: Process::of(id), _folder: folder })
    }

    /// A number that it tells of itself.
    pub fn info(&self, name: &str) -> Result<f64> {
        self.server.info(name).parse().with_context(|| format!("{name} of Redis"))
    }
}
