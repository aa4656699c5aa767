//! The rules of the chat over the memory engine.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;

use super::*;
use crate::engine::{Memory, Number};

mod bounded;
mod cheap;
mod messages;
mod racing;
pub(super) mod watched;

const NOON: i64 = 1_795_000_000_000;

fn chat_with(create: Circle) -> (Arc<Chat>, Clock) {
    let clock = Clock::manual(NOON);
    let engine = Arc::new(Memory::new(clock.clone()));
    (Arc::new(Chat::new(engine, clock.clone(), Policy { create, ..Policy::default() })), clock)
}

fn chat() -> Arc<Chat> {
    chat_with(Circle::Anyone).0
}

fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

fn draft(body: &str, key: Option<&str>) -> Draft {
    Draft { key: key.map(str::to_owned), ..Draft::of_body(body.to_owned()) }
}

async fn say(chat: &Chat, name: &str, body: &str) -> Number {
    let said = chat.say(&room(name), &Speaker::default(), draft(body, None)).await.unwrap();
    said.message.id.unwrap().number
}

async fn visits(chat: &Chat, names: &[&str]) -> Vec<Visit> {
    let mut visits = Vec::new();
    for name in names {
        visits.push(chat.visit(&Speaker::default(), &room(name)).await.unwrap());
    }
    visits
}

async fn bodies(chat: &Chat, name: &str, window: Window, limit: usize) -> Vec<String> {
    let page = chat.history(&Speaker::default(), &room(name), window, limit).await.unwrap();
    page.messages.into_iter().filter_map(|message| message.body).collect()
}

#[tokio::test]
async fn a_post_repeated_with_its_key_is_stored_once() {
    let chat = chat();
    let anyone = Speaker::default();
    let first = chat.say(&room("a"), &anyone, draft("hi", Some("k"))).await.unwrap();
    let again = chat.say(&room("a"), &anyone, draft("hi", Some("k"))).await.unwrap();
    assert_eq!((first.replayed, again.replayed), (false, true));
    assert_eq!(first.message.id, again.message.id);
    assert_eq!(bodies(&chat, "a", Window::Newest, 9).await, ["hi"]);

    let other = chat.say(&room("a"), &anyone, draft("ho", Some("k"))).await;
    assert_eq!(other.unwrap_err(), Refusal::KeyReused);
    let elsewhere = chat.say(&room("b"), &anyone, draft("ho", Some("k"))).await.unwrap();
    let someone = Speaker { client: Some("c".into()), named_itself: true, ..Speaker::default() };
    let by_another = chat.say(&room("a"), &someone, draft("ho", Some("k"))).await.unwrap();
    assert!(!elsewhere.replayed && !by_another.replayed);
}

#[tokio::test]
async fn the_key_of_a_message_that_is_gone_is_not_used_again_until_it_is_forgotten() {
    let (chat, clock) = chat_with(Circle::Anyone);
    chat.say(&room("a"), &Speaker::default(), draft("hi", Some("k"))).await.unwrap();
    clock.set(NOON + 3_600_000);
    let retention = Retention { history_age: Some(Duration::from_secs(60)), ..Retention::default() };
    assert_eq!(chat.sweep(&retention).await.unwrap().messages, 1);
    let again = chat.say(&room("a"), &Speaker::default(), draft("hi", Some("k"))).await;
    assert_eq!(again.unwrap_err(), Refusal::KeyOfDeleted);
    clock.set(NOON + schema::KEYS_LAST + 1);
    assert!(!chat.say(&room("a"), &Speaker::default(), draft("hi", Some("k"))).await.unwrap().replayed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_speak_first_make_one_room_and_all_are_heard() {
    let chat = chat();
    let speaking = (0..50).map(|n| {
        let chat = Arc::clone(&chat);
        tokio::spawn(async move { say(&chat, "new", &n.to_string()).await })
    });
    for said in speaking.collect::<Vec<_>>() {
        said.await.unwrap();
    }
    assert_eq!(bodies(&chat, "new", Window::Newest, 100).await.len(), 50);
}

#[tokio::test]
async fn where_rooms_are_not_made_by_speaking_there_is_none() {
    let (chat, _) = chat_with(Circle::Nobody);
    let refused = chat.say(&room("a"), &Speaker::default(), draft("hi", None)).await;
    assert_eq!(refused.unwrap_err(), Refusal::NoSuchRoom);
    assert!(bodies(&chat, "a", Window::Newest, 9).await.is_empty());
}

#[tokio::test]
async fn history_comes_in_pages_that_fit_together() {
    let chat = chat();
    let mut numbers = Vec::new();
    for n in 0..7 {
        numbers.push(say(&chat, "a", &n.to_string()).await);
        say(&chat, "b", "-").await;
    }
    let newest = chat.history(&Speaker::default(), &room("a"), Window::Newest, 3).await.unwrap();
    assert_eq!(newest.head.number, Number(14));
    assert_eq!((newest.older, newest.newer), (Some(numbers[4]), None));
    assert_eq!(bodies(&chat, "a", Window::Newest, 3).await, ["4", "5", "6"]);
    assert_eq!(bodies(&chat, "a", Window::Before(numbers[4]), 3).await, ["1", "2", "3"]);
    let oldest = chat.history(&Speaker::default(), &room("a"), Window::Before(numbers[1]), 3).await.unwrap();
    assert_eq!((oldest.messages.len(), oldest.older), (1, None));
    let middle = chat.history(&Speaker::default(), &room("a"), Window::After(numbers[2]), 3).await.unwrap();
    assert_eq!((middle.older, middle.newer), (Some(numbers[3]), Some(numbers[5])));
    assert_eq!(bodies(&chat, "a", Window::After(numbers[5]), 3).await, ["6"]);
}

#[tokio::test]
async fn the_past_of_several_rooms_comes_by_number_and_ends_at_the_head() {
    let (chat, clock) = chat_with(Circle::Anyone);
    for n in 0..400 {
        clock.set(NOON + n);
        say(&chat, if n % 3 == 0 { "a" } else { "b" }, &n.to_string()).await;
    }
    say(&chat, "c", "elsewhere").await;
    for (since, first) in [(None, 0), (Some(NOON + 250), 250), (Some(NOON + 9_999), 400)] {
        let mut past = chat.past(&visits(&chat, &["a", "b"]).await, since).await.unwrap();
        let (mut numbers, mut upto) = (Vec::new(), Number(0));
        while let Some(batch) = past.next().await {
            let batch = batch.unwrap();
            numbers.extend(batch.entries.iter().map(|heard| heard.number.0));
            upto = batch.upto;
        }
        assert_eq!(numbers, (first + 1..=400).collect::<Vec<_>>());
        assert_eq!(upto, Number(401));
    }
}

#[tokio::test]
async fn a_name_changes_on_what_was_said_before() {
    let chat = chat();
    let (ann, token) = chat.arrive("  Ann \t Lee ").await.unwrap();
    assert_eq!(ann.name, "Ann Lee");
    let speaker = Speaker { person: Some(ann.clone()), ..Speaker::default() };
    chat.say(&room("a"), &speaker, draft("hi", None)).await.unwrap();
    chat.present_as(&speaker, &Profile { name: Some("林小雨".into()), face: None }).await.unwrap();
    let page = chat.history(&Speaker::default(), &room("a"), Window::Newest, 1).await.unwrap();
    assert_eq!(page.messages[0].by.as_ref().unwrap().name, "林小雨");
    assert_eq!(chat.known_by(&token).await.unwrap().unwrap().name, "林小雨");
    for bad in ["", "   ", "...", "a\u{202e}b", &"x".repeat(41)] {
        assert_eq!(chat.arrive(bad).await.unwrap_err(), Refusal::BadPersonName, "{bad:?}");
    }
}

#[tokio::test]
async fn an_answer_is_to_a_message_of_the_room() {
    let chat = chat();
    let said = chat.say(&room("a"), &Speaker::default(), draft("hi", None)).await.unwrap();
    let reply_to = said.message.id.map(|id| id.to_string());
    let answer = Draft { reply_to, ..draft("ho", None) };
    assert!(chat.say(&room("a"), &Speaker::default(), answer.clone()).await.is_ok());
    assert_eq!(chat.say(&room("b"), &Speaker::default(), answer).await.unwrap_err(), Refusal::NoSuchReply);
}

#[tokio::test]
async fn what_need_not_be_kept_goes() {
    let (chat, clock) = chat_with(Circle::Anyone);
    for n in 0..300 {
        say(&chat, "a", &n.to_string()).await;
    }
    clock.set(NOON + 10_000);
    say(&chat, "b", "young").await;
    let by_count = Retention { history_messages: Some(5), log_entries: Some(100), ..Retention::default() };
    let swept = chat.sweep(&by_count).await.unwrap();
    assert_eq!((swept.entries, swept.messages), (201, 295));
    assert_eq!(bodies(&chat, "a", Window::Newest, 500).await, ["295", "296", "297", "298", "299"]);
    let by_age = Retention {
        history_age: Some(Duration::from_secs(5)),
        log_age: Some(Duration::from_secs(5)),
        ..Retention::default()
    };
    let swept = chat.sweep(&by_age).await.unwrap();
    assert_eq!((swept.entries, swept.messages), (99, 5));
    assert_eq!(bodies(&chat, "b", Window::Newest, 9).await, ["young"]);
}
