//! Several nodes on one Redis are one server: nobody can tell which one they are on.

use futures_util::future::join_all;
use reqwest::Client;
use serde_json::json;

use crate::client::{self, Line, get, number, say};
use crate::listener::Listener;
use crate::node::{history, node, nodes, post};
use crate::room;
use crate::running::Running;
use crate::running::redis::RedisServer;
use crate::subscriber::{Kind, Subscriber, THE_END};

const KINDS: [Kind; 3] = [Kind::Sse, Kind::Ndjson, Kind::WebSocket];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_on_any_node_is_heard_on_all_over_every_transport_in_one_order_with_one_id() {
    let redis = RedisServer::start();
    let nodes = nodes::<3>(&redis.url());
    let listening: Vec<_> = nodes
        .iter()
        .flat_map(|node| KINDS.map(|kind| tokio::spawn(Subscriber::listen(kind, node.url(""), "lobby"))))
        .collect();
    let http = Client::new();
    join_all(nodes.iter().map(async |node| {
        let room = node.url("/rooms/lobby");
        for count in 0..100 {
            let body = format!("{count} by {}", node.pid());
            let said = room::say(&http, &room, &body, &body).await.expect("an answer");
            assert!(room::kept(&said).is_some(), "{said:?}");
        }
    }))
    .await;
    say(&nodes[1], "lobby", THE_END).await;
    let all = history(&nodes[0], "lobby").await;
    assert_eq!(all.len(), 301);
    assert!(all.windows(2).all(|pair| number(&pair[0].id) < number(&pair[1].id)), "in their order");
    for node in &nodes[1..] {
        assert_eq!(history(node, "lobby").await, all);
    }
    for subscriber in listening {
        let subscriber = client::soon(subscriber).await.expect("a subscriber");
        assert_eq!(subscriber.heard, all, "{:?}", subscriber.kind);
        assert!(subscriber.surprises.is_empty() && subscriber.lines == 1, "{subscriber:?}");
    }
}

#[tokio::test]
async fn a_line_goes_on_exactly_on_another_node_and_after_all_nodes_were_started_again() {
    let redis = RedisServer::start();
    let [mut one, mut other] = nodes(&redis.url());
    let mut ids = Vec::new();
    for count in 0..10 {
        ids.push(say([&one, &other][count % 2], "lobby", &count.to_string()).await);
    }
    let rest = |from: usize| (from..10).map(|count| count.to_string()).collect::<Vec<_>>();
    for restarts in 0..2 {
        for (place, id) in ids.iter().enumerate().take(9) {
            let mut line =
                Line::sse([&other, &one][place % 2], "/rooms/lobby", &[("last-event-id", id)]).await;
            assert_eq!(line.hello().await.id, *id, "nobody is reset who has missed nothing");
            assert_eq!(line.bodies(9 - place).await, rest(place + 1));
        }
        if restarts == 0 {
            one.kill();
            other.kill();
            one.restart();
            other.restart();
        }
    }
    let mut line = Line::sse(&one, "/rooms/lobby", &[("last-event-id", &ids[9])]).await;
    line.hello().await;
    let id = say(&other, "lobby", "live").await;
    assert_eq!(line.named("message").await.id, id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_repeated_on_another_node_is_stored_once_and_both_answers_name_the_same_message() {
    let redis = RedisServer::start();
    let nodes = nodes::<3>(&redis.url());
    let first = post(&nodes[0], "lobby", "k", "hello").await;
    assert_eq!(first.status, 201, "{}", first.body);
    for node in &nodes[1..] {
        let again = post(node, "lobby", "k", "hello").await;
        assert_eq!((again.status, again.header("idempotent-replayed").as_str()), (200, "true"));
        assert_eq!(again.json(), first.json());
        let other = post(node, "lobby", "k", "something else").await;
        assert_eq!((other.status, other.code().as_str()), (422, "key-reused"));
    }
    let answers = join_all((0..30).map(|place| post(&nodes[place % 3], "lobby", "many", "at once"))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 29);
    assert!(answers.iter().all(|answer| answer.json()["id"] == answers[0].json()["id"]));
    assert_eq!(history(&nodes[2], "lobby").await.len(), 2);
}

#[tokio::test]
async fn a_signal_is_heard_on_every_node() {
    let redis = RedisServer::start();
    let nodes = nodes::<2>(&redis.url());
    let mut lines = Vec::new();
    for node in &nodes {
        let mut line = Line::sse(node, "/rooms/lobby", &[]).await;
        line.hello().await;
        lines.push(line);
    }
    let signal = json!({ "body": "…", "type": "typing-now", "store": false }).to_string();
    let sent = client::post(&nodes[0], "/rooms/lobby", "application/json", &signal).await;
    assert_eq!(sent.status, 202, "{}", sent.body);
    for line in &mut lines {
        line.named("typing-now").await;
    }
}

/// A node lets go of what need not be kept when it starts, so starting them is the event.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_that_let_go_of_the_old_at_once_let_go_of_no_more_than_one_would() {
    let redis = RedisServer::start();
    let first = node(&redis.url(), "");
    let quiet = say(&first, "quiet", "before").await;
    let mut ids = Vec::new();
    for count in 0..300 {
        ids.push(say(&first, "busy", &count.to_string()).await);
    }
    let mut quiet_line = Line::sse(&first, "/rooms/quiet", &[("last-event-id", &quiet)]).await;
    quiet_line.hello().await;
    let url = redis.url();
    let keep = "[retention]\nlog_entries = 50\nhistory_messages = 100\n";
    let start = || {
        let url = url.clone();
        tokio::task::spawn_blocking(move || Running::on(&url, keep))
    };
    let (one, other) = tokio::join!(start(), start());
    let (one, other) = (one.unwrap(), other.unwrap());
    for node in [&one, &other] {
        client::until(async || history(node, "busy").await.len() == 100).await;
        // The newest fifty can be resumed from, and nothing before them.
        client::until(async || {
            let mut line = Line::sse(node, "/rooms/busy", &[("last-event-id", &ids[100])]).await;
            loop {
                match line.event().await.expect("the line to go on").name.as_str() {
                    "reset" => break true,
                    "message" => break false,
                    _ => {}
                }
            }
        })
        .await;
        let mut line = Line::sse(node, "/rooms/busy", &[("last-event-id", &ids[260])]).await;
        assert_eq!(line.hello().await.id, ids[260]);
        assert_eq!(line.bodies(39).await, (261..300).map(|count| count.to_string()).collect::<Vec<_>>());
        let resumed = Line::sse(node, "/rooms/quiet", &[("last-event-id", &quiet)]).await.hello().await;
        assert_eq!(resumed.id, quiet, "the busy room costs the quiet one's reader nothing");
    }
    let id = say(&other, "quiet", "after").await;
    assert_eq!(quiet_line.named("message").await.id, id, "and nothing came before");
    for node in [&one, &other] {
        assert!(!node.stderr().contains("ERROR"), "{}", node.stderr());
    }
}

#[tokio::test]
async fn what_one_node_let_go_of_is_not_heard_on_another_any_more() {
    let redis = RedisServer::start();
    let keep = "[retention]\nhistory_messages = 5\n";
    let one = node(&redis.url(), keep);
    let mut ids = Vec::new();
    for count in 0..20 {
        ids.push(say(&one, "lobby", &count.to_string()).await);
    }
    let other = node(&redis.url(), keep);
    client::until(async || history(&other, "lobby").await.len() == 5).await;
    // It hears of that as of everything else: a moment later.
    client::until(async || {
        let mut line = Line::sse(&one, "/rooms/lobby", &[("last-event-id", &ids[0])]).await;
        line.hello().await;
        line.bodies(5).await == ["15", "16", "17", "18", "19"]
    })
    .await;
}

#[tokio::test]
async fn two_servers_with_prefixes_of_their_own_share_a_redis_and_nothing_else() {
    let redis = RedisServer::start();
    let ours = node(&redis.url(), "[redis]\nprefix = \"ours\"\n");
    let theirs = node(&redis.url(), "[redis]\nprefix = \"theirs\"\n");
    let listener = Listener::join(&theirs, "lobby").await;
    say(&ours, "lobby", "ours").await;
    say(&theirs, "lobby", "theirs").await;
    assert_eq!(listener.until_body("theirs").await.bodies(), ["theirs"]);
    assert_eq!(history(&ours, "lobby").await.len(), 1);
    let page = get(&theirs, "/rooms/lobby", &[]).await.json();
    assert_eq!(page["messages"].as_array().unwrap().len(), 1);
}
