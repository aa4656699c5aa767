//! The engine against a real `redis-server` that the tests start themselves.

#[path = "../../../tests/running/redis.rs"]
mod server;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::super::conformance::Store;
use super::*;
use server::RedisServer;

fn options() -> RedisOptions {
    RedisOptions {
        prefix: "test".to_owned(),
        wait_replicas: 0,
        timeout: Duration::from_secs(10),
        allow_eviction: false,
        ca: None,
        sentinel_password: None,
    }
}

async fn open(server: &RedisServer, clock: Clock) -> Redis {
    let place = format!("redis://{}", server.address()).parse().unwrap();
    Redis::open(place, options(), clock).await.unwrap()
}

/// A server that has each write on its disk before it answers. Opening its store again is after a `kill -9`.
pub(in crate::engine) struct OnServer {
    server: RedisServer,
    engine: Option<Arc<Redis>>,
}

impl OnServer {
    pub(in crate::engine) fn new() -> Self {
        OnServer { server: RedisServer::durable(), engine: None }
    }
}

#[async_trait]
impl Store for OnServer {
    async fn open(&mut self, clock: Clock) -> Arc<dyn Engine> {
        if let Some(engine) = self.engine.take() {
            engine.close().await;
            self.server.kill();
            self.server.start_again();
        }
        let engine = Arc::new(open(&self.server, clock).await);
        self.engine = Some(Arc::clone(&engine));
        engine
    }
}
