//! Deleted is gone: from every file, from every answer, from every node's memory.

use std::path::Path;
use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::json;

use crate::client::{Line, get, say, until};
use crate::running::Running;
use crate::running::redis::RedisServer;
use crate::somebody::Somebody;

/// How many people talk at once, and how many messages each of them has.
const PEOPLE: usize = 8;
const MESSAGES: usize = 150;
/// What is only said to be deleted.
const SECRET: &str = "whispered-secret";

/// How often some words stand in the files of a folder and the folders in it.
fn count_on_disk(folder: &Path, words: &str) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| match path.is_dir() {
            true => count_on_disk(&path, words),
            false => {
                let content = std::fs::read(path).unwrap();
                content.windows(words.len()).filter(|window| *window == words.as_bytes()).count()
            }
        })
        .sum()
}

async fn said(server: &Running, who: &Somebody, room: &str, wish: serde_json::Value) -> String {
    let said = who.post(server, &format!("/rooms/{room}"), wish).await;
    assert_eq!(said.status, 201, "{}", said.body);
    said.json()["id"].as_str().unwrap().to_owned()
}

/// Says things, of which every second is a secret; changes one secret and deletes the next.
async fn talk(server: Arc<Running>, person: usize) {
    let ann = Somebody::named(&server, &format!("Ann {person}")).await;
    let mut secrets = Vec::new();
    for count in 0..MESSAGES {
        let room = format!("room-{}", count % 3);
        let words = if count % 2 == 0 { SECRET } else { "said aloud" };
        let body = format!("{words} {person}-{count} {}", "mumble ".repeat(count * 7 % 90));
        let id = said(&server, &ann, &room, json!({ "body": body })).await;
        if count % 2 == 0 {
            secrets.push(format!("/rooms/{room}/{id}"));
        }
        if count > 60 && count % 2 == 0 {
            hide(&server, &ann, &secrets.remove(0), count).await;
        }
    }
    for (count, path) in secrets.iter().enumerate() {
        hide(&server, &ann, path, count * 2).await;
    }
}

async fn hide(server: &Running, who: &Somebody, path: &str, count: usize) {
    let hidden = match count % 4 {
        0 => who.patch(server, path, json!({ "body": "something else" })).await,
        _ => who.delete(server, path).await,
    };
    assert!(hidden.status < 300, "{}", hidden.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_file_has_a_byte_of_it() {
    let server = Arc::new(Running::with("metrics = \"127.0.0.1:0\"\n[sqlite]\nsynchronous = \"off\"\n"));
    let talking: Vec<_> = (0..PEOPLE).map(|person| tokio::spawn(talk(Arc::clone(&server), person))).collect();
    for talked in join_all(talking).await {
        talked.unwrap();
    }
    let is_clean = async || server.metrics().await["openline_unscrubbed"] == 0.0;
    until(is_clean).await;
    assert_eq!(count_on_disk(&server.data(), SECRET), 0);
    assert!(count_on_disk(&server.data(), "said aloud") >= PEOPLE * MESSAGES / 2);
}

/// All that a line is told from an id on, up to the last words.
async fn heard(server: &Running, since: &str) -> String {
    let mut line = Line::ndjson(server, &format!("/rooms/lobby?live&since={since}")).await;
    let mut heard = String::new();
    while !heard.contains("the last words") {
        heard += &line.text_line().await.expect("the line to go on");
    }
    heard
}

#[tokio::test]
async fn no_node_has_a_word_of_it_in_its_memory_and_nothing_else_is_lost() {
    let redis = RedisServer::start();
    let nodes = [(); 2].map(|()| Running::on(&redis.url(), "metrics = \"127.0.0.1:0\""));
    let ann = Somebody::named(&nodes[0], "Ann").await;
    let before = say(&nodes[0], "lobby", "the first words").await;
    let deleted = said(&nodes[0], &ann, "lobby", json!({ "body": SECRET })).await;
    let answer = json!({ "body": "an answer", "reply_to": deleted });
    let answer = said(&nodes[1], &ann, "lobby", answer).await;
    let alone = said(&nodes[1], &ann, "lobby", json!({ "body": format!("{SECRET}, alone") })).await;
    let edited = said(&nodes[0], &ann, "lobby", json!({ "body": format!("{SECRET}, too") })).await;
    let middle = say(&nodes[1], "lobby", "in the middle").await;
    for node in &nodes {
        let mut line = Line::sse(node, &format!("/rooms/lobby?since={before}"), &[]).await;
        let bodies = line.bodies(5).await;
        assert!(
            bodies[0] == SECRET && bodies[4] == "in the middle",
            "it is in this node's memory: {bodies:?}"
        );
    }

    let place = |id: &str| format!("/rooms/lobby/{id}");
    assert_eq!(ann.delete(&nodes[0], &place(&deleted)).await.status, 204);
    assert_eq!(ann.delete(&nodes[1], &place(&alone)).await.status, 204);
    let changed = ann.patch(&nodes[1], &place(&edited), json!({ "body": "open words" })).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    say(&nodes[0], "lobby", "the last words").await;
    for node in &nodes {
        let missed = node.metrics().await["openline_ring_misses_total"];
        for since in [&before, "all", &deleted, &middle] {
            let heard = heard(node, since).await;
            assert!(!heard.contains(SECRET), "since {since}: {heard}");
        }
        let heard = heard(node, &before).await;
        for still in ["an answer", "in the middle", "open words", &answer] {
            assert!(heard.contains(still), "{still}: {heard}");
        }
        let after = node.metrics().await["openline_ring_misses_total"];
        assert_eq!(after, missed, "it was read from memory");
        let page = get(node, "/rooms/lobby", &[]).await;
        assert!(!page.body.contains(SECRET), "{}", page.body);
        let quote = &get(node, &place(&answer), &[]).await.json()["quote"];
        assert_eq!(*quote, json!({ "id": deleted, "deleted": true }));
    }
}
