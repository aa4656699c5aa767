//! The log went back: it is noticed, no id ever means two things, and those are told who were sent something
//! that is gone, and nobody else.

use std::fs;

use crate::client::{Line, say};
use crate::listener::{Listener, check_one_meaning};
use crate::node::{history, nodes, post_until_kept, until_ready};
use crate::room::Message;
use crate::running::redis::RedisServer;

/// The part of an id before its number.
fn epoch(id: &str) -> &str {
    id.rsplit_once('-').expect("an id").0
}

/// Everything is emptied while two nodes have lines: in a room with messages, and in one without.
async fn emptied(empty: impl FnOnce(&mut RedisServer)) {
    let mut redis = RedisServer::start();
    let nodes = nodes::<2>(&redis.url());
    let (mut busy, mut still) = (Vec::new(), Vec::new());
    for node in &nodes {
        busy.push(Listener::join(node, "busy").await);
        still.push(Listener::join(node, "still").await);
    }
    let mut told = Vec::new();
    for count in 0..10 {
        told.push(post_until_kept(&nodes[count % 2], "busy", &format!("before {count}")).await);
    }
    for listener in &busy {
        listener.until_body("before 9").await;
    }

    empty(&mut redis);
    // What is said before the nodes have noticed must not be lost either.
    told.push(post_until_kept(&nodes[0], "still", "the first").await);
    for count in 0..10 {
        told.push(post_until_kept(&nodes[count % 2], "busy", &format!("at once {count}")).await);
    }
    for listener in &busy {
        listener.until(|heard| !heard.resets.is_empty()).await;
    }
    for count in 0..10 {
        told.push(post_until_kept(&nodes[count % 2], "busy", &format!("after {count}")).await);
    }
    told.push(post_until_kept(&nodes[1], "still", "the end").await);
    let after = history(&nodes[0], "busy").await;
    assert_eq!((after.len(), &after), (20, &history(&nodes[1], "busy").await));
    assert!(after.iter().all(|message| epoch(&message.id) != epoch(&told[0].id)), "a new epoch: {after:#?}");
    for listener in &busy {
        let heard = listener.until_body("after 9").await;
        heard.check_reset_once(10, &after);
        told.extend(heard.messages);
    }
    for listener in &still {
        let heard = listener.until_body("the end").await;
        heard.check_undisturbed();
        assert_eq!(heard.bodies(), ["the first", "the end"]);
        told.extend(heard.messages);
    }
    check_one_meaning(&told);
    // Who comes back with an id of what is gone is told so too.
    let mut line = Line::sse(&nodes[1], "/rooms/busy", &[("last-event-id", &told[9].id)]).await;
    line.named("reset").await;
    for node in &nodes {
        assert!(node.stderr().contains("the log went back"), "{}", node.stderr());
    }
}

#[tokio::test]
async fn that_the_log_went_back_is_counted() {
    let redis = RedisServer::start();
    let [node] = nodes(&redis.url());
    let listener = Listener::join(&node, "busy").await;
    say(&node, "busy", "hello").await;
    listener.until_body("hello").await;
    redis.cli(&["FLUSHALL"]);
    listener.until(|heard| !heard.resets.is_empty()).await;
    let metrics = node.metrics().await;
    assert_eq!(metrics.get("openline_log_rewinds_total"), Some(&1.0), "{metrics:#?}");
    assert_eq!(metrics.get("openline_resets_total"), Some(&1.0), "{metrics:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flushall_begins_a_new_epoch_and_tells_those_who_lost_something() {
    emptied(|redis| {
        redis.cli(&["FLUSHALL"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_does_another_redis_under_the_same_address() {
    emptied(|redis| {
        redis.kill();
        redis.start_again();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_snapshot_that_was_put_back_resets_those_who_heard_more_than_it_has() {
    let mut redis = RedisServer::start();
    let nodes = nodes::<2>(&redis.url());
    let mut told: Vec<Message> = Vec::new();
    let (mut busy, mut quiet) = (Vec::new(), Vec::new());
    for node in &nodes {
        busy.push(Listener::join(node, "busy").await);
        quiet.push(Listener::join(node, "quiet").await);
    }
    for count in 0..10 {
        told.push(post_until_kept(&nodes[count % 2], "busy", &format!("before {count}")).await);
    }
    told.push(post_until_kept(&nodes[0], "quiet", "quiet before").await);
    redis.cli(&["SAVE"]);
    let snapshot = redis.folder().join("dump.rdb");
    fs::copy(&snapshot, redis.folder().join("older")).unwrap();
    for count in 0..10 {
        told.push(post_until_kept(&nodes[count % 2], "busy", &format!("lost {count}")).await);
    }
    for (busy, quiet) in busy.iter().zip(&quiet) {
        busy.until_body("lost 9").await;
        quiet.until_body("quiet before").await;
    }

    redis.kill();
    fs::rename(redis.folder().join("older"), &snapshot).unwrap();
    redis.start_again();
    for node in &nodes {
        until_ready(node).await;
    }
    told.push(post_until_kept(&nodes[1], "quiet", "quiet at once").await);
    for count in 0..10 {
        told.push(post_until_kept(&nodes[count % 2], "busy", &format!("at once {count}")).await);
    }
    for listener in &busy {
        listener.until(|heard| !heard.resets.is_empty()).await;
    }
    for count in 0..10 {
        told.push(post_until_kept(&nodes[count % 2], "busy", &format!("after {count}")).await);
    }
    told.push(post_until_kept(&nodes[1], "quiet", "quiet after").await);
    let after = history(&nodes[0], "busy").await;
    assert_eq!((after.len(), &after[..10]), (30, &told[..10]), "what the snapshot had and what came since");
    for listener in &busy {
        let heard = listener.until_body("after 9").await;
        heard.check_reset_once(20, &after);
        told.extend(heard.messages);
    }
    for listener in &quiet {
        let heard = listener.until_body("quiet after").await;
        heard.check_undisturbed();
        assert_eq!(heard.bodies(), ["quiet before", "quiet at once", "quiet after"]);
        told.extend(heard.messages);
    }
    check_one_meaning(&told);
    for node in &nodes {
        // From before the snapshot: nothing is missed. From what is gone: told so.
        let mut line = Line::sse(node, "/rooms/busy", &[("last-event-id", &told[9].id)]).await;
        assert_eq!(line.hello().await.id, told[9].id);
        assert_eq!(
            line.bodies(20).await,
            after[10..].iter().map(|said| said.body.clone()).collect::<Vec<_>>()
        );
        let mut line = Line::sse(node, "/rooms/busy", &[("last-event-id", &told[15].id)]).await;
        line.named("reset").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_slept_meanwhile_tells_its_lines_too_though_another_wrote_first() {
    let redis = RedisServer::start();
    let nodes = nodes::<2>(&redis.url());
    let sleeper = Listener::join(&nodes[1], "busy").await;
    let mut told = Vec::new();
    for count in 0..5 {
        told.push(post_until_kept(&nodes[0], "busy", &format!("before {count}")).await);
    }
    sleeper.until_body("before 4").await;
    nodes[1].pause();
    redis.cli(&["FLUSHALL"]);
    // The log is now further than the sleeping node ever saw it.
    for count in 0..50 {
        told.push(post_until_kept(&nodes[0], "busy", &format!("after {count}")).await);
    }
    nodes[1].resume();
    sleeper.until(|heard| !heard.resets.is_empty()).await;
    told.push(post_until_kept(&nodes[0], "busy", "the end").await);
    let heard = sleeper.until_body("the end").await;
    heard.check_reset_once(5, &history(&nodes[0], "busy").await);
    check_one_meaning(told.iter().chain(&heard.messages));
}
