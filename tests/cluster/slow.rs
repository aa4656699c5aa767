//! Redis is there and does not do its work: it sleeps, it is full, it throws its clients out. Whatever was
//! acknowledged is kept, each post under a key is kept once, and all comes back by itself.

use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;

use crate::client::{self, Line, get, until};
use crate::listener::Listener;
use crate::node::{check_may_pass, history, node, nodes, post, post_until_kept, until_ready, until_unready};
use crate::room::{Message, check_kept};
use crate::running::redis::{self, RedisServer};
use crate::running::{PATIENCE, Running};

/// Ten posts on each node, all at once, each repeated under its key until it is acknowledged.
async fn many(nodes: &[Running], name: &str) -> Vec<Message> {
    let each = (0..10 * nodes.len()).map(async |count| {
        post_until_kept(&nodes[count % nodes.len()], "busy", &format!("{name} {count}")).await
    });
    join_all(each).await
}

/// Nothing is lost or doubled, and nobody was disturbed.
async fn check_all(nodes: &[Running], listeners: &[Listener], mut acknowledged: Vec<Message>) {
    acknowledged.push(post_until_kept(&nodes[0], "busy", "the end").await);
    let kept = history(&nodes[0], "busy").await;
    check_kept(&acknowledged, &kept);
    assert_eq!(kept.len(), acknowledged.len(), "a post under one key was kept twice");
    for listener in listeners {
        let heard = listener.until_body("the end").await;
        heard.check_undisturbed();
        assert_eq!(heard.messages, kept);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_sleeps_for_three_seconds() {
    let redis = RedisServer::start();
    let nodes = nodes::<2>(&redis.url());
    let listeners = [Listener::join(&nodes[0], "busy").await, Listener::join(&nodes[1], "busy").await];
    let mut acknowledged = many(&nodes, "before").await;
    let address = redis.address();
    let sleeping = thread::spawn(move || redis::ask(address, None, &["DEBUG", "SLEEP", "3"]));
    let since = Instant::now();
    acknowledged.extend(many(&nodes, "meanwhile").await);
    println!("twenty posts while Redis slept for 3 s: {:?}", since.elapsed());
    assert_eq!(sleeping.join().unwrap().as_deref(), Ok("OK"));
    acknowledged.extend(many(&nodes, "after").await);
    check_all(&nodes, &listeners, acknowledged).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_stands_still_and_goes_on_later_with_what_it_was_sent() {
    let redis = RedisServer::start();
    let nodes = nodes::<2>(&redis.url());
    let listeners = [Listener::join(&nodes[0], "busy").await, Listener::join(&nodes[1], "busy").await];
    let mut acknowledged = many(&nodes, "before").await;
    redis.pause();
    let mut refused = Vec::new();
    for node in &nodes {
        let since = Instant::now();
        let body = format!("stopped {}", refused.len());
        let answer = post(node, "busy", &body, &body).await;
        check_may_pass(&answer);
        println!("refused after {:?}: {}", since.elapsed(), answer.body.trim());
        assert!(since.elapsed() < Duration::from_secs(15), "{:?}", since.elapsed());
        refused.push((body, answer.code()));
        until_unready(node).await;
    }
    // What it was sent arrives when Redis goes on.
    redis.resume();
    for node in &nodes {
        println!("ready after {:?}", until_ready(node).await);
    }
    acknowledged.extend(many(&nodes, "then").await);
    let kept = history(&nodes[0], "busy").await;
    for (body, code) in &refused {
        let is_there = kept.iter().any(|message| message.body == *body);
        println!("{body}: {code}, and it is {}there", if is_there { "" } else { "not " });
        assert!(!is_there || code == "outcome-unknown", "{body} was said not to be there");
        acknowledged.push(post_until_kept(&nodes[1], "busy", body).await);
    }
    acknowledged.extend(many(&nodes, "after").await);
    check_all(&nodes, &listeners, acknowledged).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_redis_refuses_posts_in_clear_words_and_all_else_goes_on() {
    let redis = RedisServer::with(&["maxmemory 6mb", "maxmemory-policy noeviction"]);
    let [full] = nodes(&redis.url());
    let listener = Listener::join(&full, "busy").await;
    let mut acknowledged = Vec::new();
    let since = Instant::now();
    let refused = loop {
        assert!(since.elapsed() < PATIENCE, "it does not fill");
        let body = format!("{} {}", acknowledged.len(), "x".repeat(8000));
        let answer = post(&full, "busy", &body[..10], &body).await;
        if answer.status != 201 {
            break answer;
        }
        acknowledged.push(serde_json::from_str::<Message>(&answer.body).expect("a message"));
    };
    println!("full with {} messages: {}", acknowledged.len(), refused.body.trim());
    check_may_pass(&refused);
    assert_eq!(refused.code(), "store-unavailable", "it said so itself: nothing was changed");
    assert!(full.stderr().contains("no memory left"), "and why, whoever runs it: {}", full.stderr());
    // Reads go on, and signals, on the same line.
    check_kept(&acknowledged, &history(&full, "busy").await);
    let signal = json!({ "body": "psst", "store": false }).to_string();
    assert_eq!(client::post(&full, "/rooms/busy", "application/json", &signal).await.status, 202);
    listener.until(|heard| heard.surprises.iter().any(|what| what.contains("psst"))).await;
    let mut line = Line::sse(&full, "/rooms/busy", &[("last-event-id", &acknowledged[2].id)]).await;
    assert_eq!(line.messages(3).await[2].body, acknowledged[5].body);

    // A node that keeps less lets go of the rest when it starts, and there is room again.
    let keep = "[retention]\nlog_entries = 20\nhistory_messages = 20\n";
    let sparing = node(&redis.url(), keep);
    for node in [&full, &sparing] {
        println!("ready after {:?}", until_ready(node).await);
    }
    let last = post_until_kept(&full, "busy", "the end").await;
    let heard = listener.until_body("the end").await;
    assert_eq!((heard.resets.len(), heard.lines, heard.messages.last()), (0, 1, Some(&last)));
    let heard = heard.messages.len();
    assert_eq!(heard, acknowledged.len() + 1, "nothing that was refused is heard");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_redis_threw_out_for_reading_too_slowly_comes_back_and_misses_nothing() {
    let limits = ["client-output-buffer-limit pubsub 64kb 0 0", "client-output-buffer-limit normal 2mb 0 0"];
    let redis = RedisServer::with(&limits);
    let nodes = nodes::<2>(&redis.url());
    let listeners = [Listener::join(&nodes[0], "busy").await, Listener::join(&nodes[1], "busy").await];
    let other = Listener::join(&nodes[1], "other").await;
    let mut acknowledged = many(&nodes, "before").await;
    listeners[1].until(|heard| heard.messages.len() >= 20).await;
    nodes[1].pause();
    // More than the buffers of the system and Redis's own limit hold.
    let signal = json!({ "body": "x".repeat(3000), "store": false }).to_string();
    let thrown_out = || redis.cli(&["CLIENT", "LIST", "TYPE", "pubsub"]).matches("id=").count();
    let before = thrown_out();
    assert!(before >= 2, "{before}");
    until(async || {
        let some = (0..100).map(|_| client::post(&nodes[0], "/rooms/noise", "application/json", &signal));
        assert!(join_all(some).await.iter().all(|answer| answer.status == 202));
        thrown_out() < before
    })
    .await;
    for count in 0..100 {
        let body = format!("{count} {}", "x".repeat(8000));
        acknowledged.push(post_until_kept(&nodes[0], "busy", &body).await);
    }
    nodes[1].resume();
    println!("ready after {:?}", until_ready(&nodes[1]).await);
    check_all(&nodes, &listeners, acknowledged).await;
    // Signals come again too.
    until(async || {
        let signal = json!({ "body": "psst", "store": false }).to_string();
        assert_eq!(client::post(&nodes[0], "/rooms/other", "application/json", &signal).await.status, 202);
        other.heard().surprises.iter().any(|what| what.contains("psst"))
    })
    .await;
    assert_eq!(get(&nodes[1], "/health/live", &[]).await.status, 200);
}
