//! The network between a node and Redis breaks: no acknowledged message is lost, the nodes do not drift apart,
//! and soon after the network is back so is the node.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::client::until;
use crate::listener::Listener;
use crate::node::{history, nodes, post_until_kept, readiness, until_ready, until_unready};
use crate::room::check_kept;
use crate::running::Running;
use crate::running::proxy::Proxy;
use crate::running::redis::RedisServer;

/// How soon after the network a node must be back, at the very most; the aim is 2 s.
const MOST_RECOVERY: Duration = Duration::from_secs(10);

/// Breaks the network of one of two nodes twice, while both are posted to.
async fn broken(name: &str, break_it: impl Fn(&Proxy)) {
    let redis = RedisServer::start();
    let proxies = [(); 2].map(|()| Proxy::to(redis.address()));
    let nodes = proxies.each_ref().map(|proxy| {
        let [node] = nodes(&proxy.url());
        Arc::new(node)
    });
    let mut listeners = Vec::new();
    for node in &nodes {
        listeners.push(Listener::join(node, "busy").await);
    }
    let enough = Arc::new(AtomicBool::new(false));
    let posting = nodes.each_ref().map(|node| {
        let (node, enough): (Arc<Running>, _) = (Arc::clone(node), Arc::clone(&enough));
        tokio::spawn(async move {
            let mut mine = Vec::new();
            while !enough.load(Ordering::Relaxed) {
                let body = format!("{} by {}", mine.len(), node.pid());
                mine.push(post_until_kept(&node, "busy", &body).await);
            }
            mine
        })
    });
    for round in 0..2 {
        let before = listeners[round].heard().messages.len();
        listeners[round].until(|heard| heard.messages.len() > before + 20).await;
        break_it(&proxies[round]);
        println!("{name}: node {round} says {:?}", until_unready(&nodes[round]).await);
        // The other goes on, and this one falls behind.
        let other = &listeners[1 - round];
        let before = other.heard().messages.len();
        other.until(|heard| heard.messages.len() > before + 20).await;
        assert_eq!(readiness(&nodes[1 - round]).await.0, 200);
        let there = other.heard().messages.len();
        proxies[round].mend();
        let since = Instant::now();
        until_ready(&nodes[round]).await;
        listeners[round].until(|heard| heard.messages.len() >= there).await;
        let took = since.elapsed();
        println!("{name}: node {round} was back {took:?} after its network");
        assert!(took < MOST_RECOVERY, "{took:?}");
    }
    enough.store(true, Ordering::Relaxed);
    let mut acknowledged = Vec::new();
    for mine in posting {
        acknowledged.extend(mine.await.unwrap());
    }
    acknowledged.push(post_until_kept(&nodes[0], "busy", "the end").await);
    let kept = history(&nodes[0], "busy").await;
    check_kept(&acknowledged, &kept);
    assert_eq!(kept.len(), acknowledged.len(), "each was repeated until it was acknowledged");
    assert_eq!(history(&nodes[1], "busy").await, kept);
    for listener in &listeners {
        let heard = listener.until_body("the end").await;
        heard.check_undisturbed();
        assert_eq!(heard.messages, kept);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_network() {
    broken("cut", Proxy::cut).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_swallows_everything() {
    broken("swallowed", Proxy::blackhole).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_network_delays_and_loses_nothing() {
    let redis = RedisServer::start();
    let proxy = Proxy::to(redis.address());
    let [slow] = nodes(&proxy.url());
    let [fast] = nodes(&redis.url());
    let listener = Listener::join(&slow, "busy").await;
    proxy.slow(20_000);
    let mut kept = Vec::new();
    for count in 0..40 {
        let body = format!("{count} {}", "x".repeat(1000));
        kept.push(post_until_kept([&fast, &slow][count % 2], "busy", &body).await);
    }
    let heard = listener.until(|heard| heard.messages.len() >= 40).await;
    heard.check_undisturbed();
    assert_eq!(heard.messages, kept);
    proxy.mend();
    until(async || history(&slow, "busy").await == kept).await;
}
