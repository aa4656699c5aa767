//! A node that has nothing to do asks little of Redis.

use std::time::Duration;

use crate::client::{Line, say};
use crate::node::node;
use crate::running::redis::RedisServer;

/// Over how long the commands are counted.
const TIME: Duration = Duration::from_secs(10);
/// The most commands a second.
const MOST: f64 = 3.0;

#[tokio::test]
async fn an_idle_node_sends_few_commands_a_second_also_with_lines_open() {
    let redis = RedisServer::start();
    let node = node(&redis.url(), "");
    say(&node, "lobby", "so that there is something").await;
    let mut lines = Vec::new();
    for place in 0..20 {
        let mut line = Line::sse(&node, &format!("/rooms/room-{place}"), &[]).await;
        line.hello().await;
        lines.push(line);
    }
    let commands = || redis.info("total_commands_processed").parse::<f64>().expect("a number");
    let before = commands();
    // Nothing happens, so there is no event to wait for: this is a count over a time.
    tokio::time::sleep(TIME).await;
    // One is our own question.
    let rate = (commands() - before - 1.0) / TIME.as_secs_f64();
    println!("an idle node: {rate:.1} commands a second");
    assert!(rate <= MOST, "{rate} commands a second:\n{}", redis.cli(&["INFO", "commandstats"]));
}
