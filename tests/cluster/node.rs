//! Nodes on one engine, and how they are spoken to when they may be in trouble.

use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::Value;

use crate::client::{Answer, get, request, send, until};
use crate::room::{self, Message};
use crate::running::Running;

/// How long to wait before a post is repeated.
const PAUSE: Duration = Duration::from_millis(50);

/// So many nodes on the engine at this URL, each with its metrics.
pub fn nodes<const N: usize>(engine: &str) -> [Running; N] {
    std::array::from_fn(|_| node(engine, ""))
}

/// A node on the engine at this URL, with these settings besides, and its metrics.
pub fn node(engine: &str, settings: &str) -> Running {
    Running::on(engine, &format!("metrics = \"127.0.0.1:0\"\n{settings}"))
}

/// Says something in a room under a key, once.
pub async fn post(node: &Running, room: &str, key: &str, body: &str) -> Answer {
    let post = request(node, "POST", &format!("/rooms/{room}")).header("content-type", "text/plain");
    send(post.header("idempotency-key", key).body(body.to_owned())).await
}

/// Says something in a room again and again until it is acknowledged, under its first words as the key.
/// Whatever is no acknowledgement must be a problem that may pass and says when to come back.
pub async fn post_until_kept(node: &Running, room: &str, body: &str) -> Message {
    let since = Instant::now();
    loop {
        let answer = post(node, room, &body[..body.len().min(60)], body).await;
        if matches!(answer.status, 200 | 201) {
            return serde_json::from_str(&answer.body).expect("a message");
        }
        check_may_pass(&answer);
        assert!(since.elapsed() < Duration::from_secs(60), "never kept: {}", answer.body);
        tokio::time::sleep(PAUSE).await;
    }
}

/// An answer that says that the store is in trouble, and when to come back.
pub fn check_may_pass(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(!answer.header("retry-after").is_empty(), "{:?}", answer.headers);
    assert!(["store-unavailable", "outcome-unknown"].contains(&answer.code().as_str()), "{}", answer.body);
}

/// All that was ever said in a room, as this node has it.
pub async fn history(node: &Running, room: &str) -> Vec<Message> {
    room::history(&Client::new(), &node.url(""), room).await
}

/// What the node says of its readiness.
pub async fn readiness(node: &Running) -> (u16, Value) {
    let answer = get(node, "/health/ready", &[]).await;
    (answer.status, answer.json())
}

/// Waits until the node says that it can do its work; gives the time that took.
pub async fn until_ready(node: &Running) -> Duration {
    let since = Instant::now();
    until(async || readiness(node).await.0 == 200).await;
    since.elapsed()
}

/// Waits until the node says that it cannot do its work; gives the reason.
pub async fn until_unready(node: &Running) -> String {
    until(async || readiness(node).await.0 == 503).await;
    let (_, health) = readiness(node).await;
    assert_eq!(health["ready"], false, "{health}");
    health["reason"].as_str().expect("a reason").to_owned()
}
