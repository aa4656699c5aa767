//! Three Sentinels that watch a Redis and its replicas, and make a replica the primary when it is gone.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what cannot be fails the test")]

use std::net::SocketAddr;

use super::redis::RedisServer;

/// The name under which they know the primary.
pub const NAME: &str = "openline";
/// How many there are; two of them agree that the primary is gone.
const COUNT: usize = 3;

/// The Sentinels. They end with this.
pub struct Sentinels {
    sentinels: Vec<RedisServer>,
}

impl Sentinels {
    /// Starts them, and waits until each knows the primary, so many replicas, and the others.
    pub fn watch(primary: &RedisServer, replicas: usize) -> Self {
        let address = primary.address();
        let lines = [
            format!("sentinel monitor {NAME} {} {} 2", address.ip(), address.port()),
            // A busy disk may hold a Redis up for longer than a second, and that is not what is tested.
            format!("sentinel down-after-milliseconds {NAME} 4000"),
            format!("sentinel failover-timeout {NAME} 4000"),
            format!("sentinel parallel-syncs {NAME} 1"),
        ];
        let lines = lines.each_ref().map(String::as_str);
        let sentinels = Sentinels { sentinels: (0..COUNT).map(|_| RedisServer::sentinel(&lines)).collect() };
        sentinels.wait_until_in_order(replicas);
        sentinels
    }

    /// Waits until each knows a primary that is well, so many replicas that are, and the others.
    pub fn wait_until_in_order(&self, replicas: usize) {
        for sentinel in &self.sentinels {
            sentinel.wait_until("the Sentinels know everybody", |sentinel| {
                let others = sentinel.try_cli(&["SENTINEL", "CKQUORUM", NAME]);
                let known = sentinel.cli(&["SENTINEL", "REPLICAS", NAME]);
                let well = known.matches("\nflags\nslave\n").count();
                others.is_ok_and(|words| words.starts_with(&format!("OK {COUNT} usable"))) && well == replicas
            });
        }
    }

    /// What a node is given as its engine, such as `redis-sentinel://127.0.0.1:1,127.0.0.1:2/openline/0`.
    pub fn url(&self) -> String {
        let hosts: Vec<_> = self.sentinels.iter().map(|sentinel| sentinel.address().to_string()).collect();
        format!("redis-sentinel://{}/{NAME}/0", hosts.join(","))
    }

    /// Where they say the primary is.
    pub fn primary(&self) -> SocketAddr {
        address(&self.sentinels[0])
    }

    /// Waits until all of them say that this is the primary.
    pub fn wait_for(&self, primary: SocketAddr) {
        for sentinel in &self.sentinels {
            sentinel.wait_until("the other is the primary", |sentinel| address(sentinel) == primary);
        }
    }

    /// Has them change to a replica, though nothing is wrong; does not wait.
    pub fn fail_over(&self) {
        self.sentinels[0].cli(&["SENTINEL", "FAILOVER", NAME]);
    }
}

fn address(sentinel: &RedisServer) -> SocketAddr {
    let parts = sentinel.cli(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME]);
    parts.replace('\n', ":").parse().expect("an address")
}
