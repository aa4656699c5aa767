//! A room as a program sees it: messages go in, and history comes out.

use std::collections::HashSet;

use reqwest::{Client, StatusCode};
use serde::Deserialize;

/// A message, as far as these tests look at it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
pub struct Message {
    pub id: String,
    pub body: String,
}

/// Says something under a key; an error if no answer came.
pub async fn say(http: &Client, room: &str, key: &str, body: &str) -> reqwest::Result<(StatusCode, String)> {
    let request = http.post(room).header("content-type", "text/plain").header("idempotency-key", key);
    let answer = request.body(body.to_owned()).send().await?;
    Ok((answer.status(), answer.text().await?))
}

/// The message in an answer to [`say`], if it was kept.
pub fn kept((status, text): &(StatusCode, String)) -> Option<Message> {
    let is_kept = matches!(*status, StatusCode::CREATED | StatusCode::OK);
    is_kept.then(|| serde_json::from_str(text).expect("a message"))
}

#[derive(Deserialize)]
struct Page {
    messages: Vec<Message>,
    newer: Option<String>,
}

/// Everything that was ever said in a room, page by page.
pub async fn history(http: &Client, server: &str, room: &str) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut next = Some(format!("/rooms/{room}?after=0&limit=200"));
    while let Some(path) = next.take() {
        let answer = http.get(format!("{server}{path}")).send().await.expect("history");
        let text = answer.error_for_status().expect("history").text().await.expect("history");
        let page: Page = serde_json::from_str(&text).expect("a page of history");
        messages.extend(page.messages);
        next = page.newer;
    }
    messages
}

/// Each message that was acknowledged is in the history, and nothing is there twice.
pub fn check_kept(acknowledged: &[Message], history: &[Message]) {
    let bodies: HashSet<&str> = history.iter().map(|message| message.body.as_str()).collect();
    assert_eq!(bodies.len(), history.len(), "something stands in the history twice");
    let there: HashSet<&Message> = history.iter().collect();
    let lost: Vec<&Message> = acknowledged.iter().filter(|message| !there.contains(message)).collect();
    assert!(lost.is_empty(), "acknowledged and not kept: {lost:?}");
}
