//! Redis is gone for a while: readers keep their lines and what their node holds, posts get a clear answer, and
//! all comes back by itself.

use std::time::{Duration, Instant};

use crate::client::{Line, get, number, say};
use crate::listener::Listener;
use crate::node::{check_may_pass, history, nodes, post, post_until_kept, until_ready, until_unready};
use crate::room::check_kept;
use crate::running::redis::RedisServer;

/// How long a post may wait for its answer when there is no Redis.
const MOST_WAIT: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_gone_lines_stay_and_posts_are_refused_and_then_all_comes_back_by_itself() {
    let mut redis = RedisServer::durable();
    let nodes = nodes::<2>(&redis.url());
    let mut listeners = Vec::new();
    for node in &nodes {
        for room in ["busy", "quiet"] {
            listeners.push(Listener::join(node, room).await);
        }
    }
    let quiet = post_until_kept(&nodes[0], "quiet", "quiet").await;
    let mut acknowledged = Vec::new();
    for count in 0..20 {
        acknowledged.push(post_until_kept(&nodes[count % 2], "busy", &count.to_string()).await);
    }
    for listener in listeners.iter().step_by(2) {
        listener.until_body("19").await;
    }

    redis.kill();
    for node in &nodes {
        let reason = until_unready(node).await;
        println!("not ready: {reason}");
        assert!(!reason.is_empty());
        let since = Instant::now();
        check_may_pass(&post(node, "busy", "meanwhile", "meanwhile").await);
        assert!(since.elapsed() < MOST_WAIT, "{:?}", since.elapsed());
        let since = Instant::now();
        check_may_pass(&get(node, "/rooms/busy", &[]).await);
        assert!(since.elapsed() < MOST_WAIT, "{:?}", since.elapsed());
        // What the node holds in memory needs no store.
        let mut line = Line::sse(node, "/rooms/busy", &[("last-event-id", &acknowledged[9].id)]).await;
        assert_eq!(line.hello().await.id, acknowledged[9].id);
        assert_eq!(line.bodies(10).await, (10..20).map(|count| count.to_string()).collect::<Vec<_>>());
        assert_eq!(get(node, "/health/live", &[]).await.status, 200);
    }

    redis.start_again();
    for node in &nodes {
        println!("ready {:?} after Redis was", until_ready(node).await);
    }
    acknowledged.push(post_until_kept(&nodes[1], "busy", "meanwhile").await);
    for count in 20..30 {
        acknowledged.push(post_until_kept(&nodes[count % 2], "busy", &count.to_string()).await);
    }
    let last_quiet = say(&nodes[1], "quiet", "the end").await;
    assert!(number(&last_quiet) > number(&quiet.id));
    let kept = history(&nodes[0], "busy").await;
    check_kept(&acknowledged, &kept);
    assert_eq!(kept.len(), acknowledged.len(), "a post under one key was kept twice");
    for (place, listener) in listeners.iter().enumerate() {
        let heard = listener.until_body(if place % 2 == 0 { "29" } else { "the end" }).await;
        heard.check_undisturbed();
        if place % 2 == 0 {
            assert_eq!(heard.messages, kept);
        }
    }
}

#[tokio::test]
async fn a_line_that_comes_while_redis_is_gone_hears_on_when_it_is_back() {
    let mut redis = RedisServer::durable();
    let [node] = nodes(&redis.url());
    let first = say(&node, "lobby", "first").await;
    redis.kill();
    until_unready(&node).await;
    // It may be let in, or told to come back: an EventSource does either by itself.
    let listening = tokio::spawn({
        let url = node.url("");
        crate::subscriber::Subscriber::listen(crate::subscriber::Kind::Sse, url, "lobby")
    });
    redis.start_again();
    until_ready(&node).await;
    say(&node, "lobby", crate::subscriber::THE_END).await;
    let subscriber = crate::client::soon(listening).await.expect("a subscriber");
    assert_eq!(subscriber.heard, history(&node, "lobby").await);
    assert_eq!(subscriber.heard[0].id, first);
    assert!(subscriber.surprises.iter().all(|what| what.starts_with("problem")), "{subscriber:?}");
}

#[tokio::test]
async fn a_node_that_is_started_while_redis_is_gone_says_which_and_ends() {
    let mut redis = RedisServer::durable();
    let [mut node] = nodes(&redis.url());
    let id = say(&node, "lobby", "first").await;
    node.kill();
    redis.kill();
    let settings = format!("engine = \"{}\"\n", redis.url());
    let refused = crate::running::Running::refused(&settings).await;
    println!("{refused:?}");
    assert!(refused.code.is_some_and(|code| code != 0) && refused.stdout.is_empty(), "{refused:?}");
    assert!(refused.stderr.contains(&redis.address().to_string()), "{refused:?}");
    assert!(!refused.stderr.contains("panicked"), "{refused:?}");
    redis.start_again();
    node.restart();
    assert_eq!(history(&node, "lobby").await[0].id, id);
}
