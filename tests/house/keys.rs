//! Repeating is safe: under one key a thing is said once.

use serde_json::json;

use crate::client::{Answer, get, post, request, send};
use crate::running::Running;

async fn keyed(server: &Running, client: &str, key: &str, body: &str) -> Answer {
    let said = request(server, "POST", "/rooms/lobby").header("idempotency-key", key);
    send(said.header("openline-client", client).body(body.to_owned())).await
}

#[tokio::test]
async fn a_repeated_post_is_stored_once_and_both_answers_name_the_same_message() {
    let mut server = Running::start();
    let first = keyed(&server, "me", "\"k1\"", "hello").await;
    assert_eq!((first.status, first.header("idempotent-replayed").as_str()), (201, ""));
    assert_eq!(first.json()["key"], "k1");
    server.kill();
    server.restart();
    let again = keyed(&server, "me", "k1", "hello").await;
    assert_eq!((again.status, again.header("idempotent-replayed").as_str()), (200, "true"));
    assert_eq!((again.json(), again.header("location")), (first.json(), first.header("location")));
    let other = keyed(&server, "me", "k1", "something else").await;
    assert_eq!((other.status, other.code().as_str()), (422, "key-reused"));
    let stranger = keyed(&server, "you", "k1", "hello").await;
    assert_eq!(stranger.status, 201, "another's key is another key");
    let elsewhere = json!({ "body": "hello", "key": "k1" }).to_string();
    assert_eq!(post(&server, "/rooms/other?client=me", "application/json", &elsewhere).await.status, 201);
    let page = get(&server, "/rooms/lobby", &[]).await.json();
    assert_eq!(page["messages"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_used_by_many_at_once_says_one_thing() {
    let server = Running::start();
    let answers = futures_util::future::join_all((0..40).map(|_| keyed(&server, "me", "k", "hello"))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 39);
    assert!(answers.iter().all(|answer| answer.json()["id"] == answers[0].json()["id"]));
}

#[tokio::test]
async fn a_key_whose_message_is_gone_says_so() {
    let mut server = Running::with("[retention]\nhistory_messages = 1");
    assert_eq!(keyed(&server, "me", "k", "old").await.status, 201);
    assert_eq!(keyed(&server, "me", "k2", "new").await.status, 201);
    // What need not be kept is let go at the start.
    assert!(server.stop().await.success());
    server.restart();
    crate::client::until(async || {
        let page = get(&server, "/rooms/lobby", &[]).await.json();
        page["messages"].as_array().unwrap().len() == 1
    })
    .await;
    let gone = keyed(&server, "me", "k", "old").await;
    assert_eq!((gone.status, gone.code().as_str()), (410, "key-of-deleted"));
}
