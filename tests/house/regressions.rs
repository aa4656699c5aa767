//! What was wrong once. Each says what happened.

use serde_json::json;

use crate::client::{get, number, post, request, say, send};
use crate::running::Running;
use crate::socket::Socket;

/// A page with such data in it made `subscribe` panic, since it went through a type that cannot hold it.
#[tokio::test]
async fn json_that_few_can_hold_is_handed_on_as_it_was_sent() {
    let server = Running::start();
    for data in ["{\"n\":1e999}", "\"\\ud800\"", "{\"b\":1,\"a\":12345678901234567890.10}"] {
        let body = format!("{{\"data\":{data}}}");
        let said = post(&server, "/rooms/odd", "application/json", &body).await;
        assert_eq!(said.status, 201, "{data}");
        let mut socket = Socket::open(&server, "/rooms/lobby", "").await;
        socket.send(json!({ "ref": 1, "subscribe": { "room": "odd", "limit": 1 } })).await;
        let page = loop {
            let text = socket.text().await;
            if text.starts_with("{\"ref\"") {
                break text;
            }
        };
        assert!(page.contains(&format!("\"data\":{data}")), "{page}");
        socket.send(format!("{{\"ref\":2,\"post\":{body}}}")).await;
        let answer = loop {
            let text = socket.text().await;
            if text.starts_with("{\"ref\":2") {
                break text;
            }
        };
        assert!(answer.contains(&format!("\"data\":{data}")), "{answer}");
    }
}

/// Subscribing again moved the line's place in the room to the page's, over what it had yet to hear.
#[tokio::test]
async fn to_subscribe_to_a_room_that_is_heard_already_loses_nothing() {
    let server = Running::start();
    let long = "x".repeat(20_000);
    let mut ids = Vec::new();
    for _ in 0..60 {
        ids.push(number(&say(&server, "big", &long).await));
    }
    let mut socket = Socket::open(&server, "/rooms/big?since=0", "").await;
    socket.send(json!({ "ref": 1, "subscribe": { "room": "big", "limit": 1 } })).await;
    let mut heard = Vec::new();
    while heard.len() < ids.len() {
        let message = socket.object("message").await;
        heard.push(number(message["message"]["id"].as_str().unwrap()));
    }
    assert_eq!(heard, ids);
}

/// It went on live as if nothing had been lost, since lines of bare values have no word for `reset`.
#[tokio::test]
async fn lines_of_bare_values_refuse_a_place_that_is_lost() {
    let server = Running::start();
    say(&server, "a", "hi").await;
    let answer = get(&server, "/rooms/a?live&only=data&since=00000000-99", &[]).await;
    assert_eq!((answer.status, answer.code().as_str()), (400.try_into().unwrap(), "bad-cursor"));
}

/// The preflight of `PUT /me` was 405, and any preflight was served under any host.
#[tokio::test]
async fn a_welcome_page_may_ask_what_it_may_do_and_no_other_host_is_served() {
    let server = Running::with("origins = [\"https://friend.example\"]");
    let preflight = request(&server, "OPTIONS", "/me")
        .header("origin", "https://friend.example")
        .header("access-control-request-method", "PUT");
    let answer = send(preflight).await;
    assert_eq!(answer.status, 204);
    assert!(answer.header("access-control-allow-methods").contains("PUT"));
    let foreign = request(&server, "OPTIONS", "/me")
        .header("host", "evil.example")
        .header("access-control-request-method", "PUT");
    assert_eq!(send(foreign).await.status, 421);
}

/// These were plain text, and told private rooms from names that cannot be.
#[tokio::test]
async fn the_path_of_a_message_is_read_as_that_of_its_room() {
    let server = Running::start();
    assert_eq!(get(&server, "/rooms/%ff/1", &[]).await.code(), "bad-utf8");
    assert_eq!(get(&server, "/rooms/~x/1", &[]).await.code(), "no-such-room");
    assert_eq!(get(&server, "/rooms/a/nonsense", &[]).await.code(), "bad-cursor");
}

/// Only the exact tag was known again.
#[tokio::test]
async fn who_has_the_page_already_is_told_so_however_they_ask() {
    let server = Running::start();
    let tag = get(&server, "/", &[]).await.header("etag");
    let bare = tag.trim_start_matches("W/").to_owned();
    for known in [tag.clone(), bare, format!("\"other\", {tag}"), "*".to_owned()] {
        assert_eq!(get(&server, "/", &[("if-none-match", &known)]).await.status, 304, "{known}");
    }
    assert_eq!(get(&server, "/", &[("if-none-match", "\"other\"")]).await.status, 200);
}
