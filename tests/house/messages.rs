//! What people do with messages: what they are answered, and what everybody hears of it.

use serde_json::{Value, json};

use crate::client::{Line, get, request, say, send};
use crate::running::Running;
use crate::socket::Socket;
use crate::somebody::Somebody;

async fn said(server: &Running, who: &Somebody, room: &str, wish: Value) -> Value {
    let said = who.post(server, &format!("/rooms/{room}"), wish).await;
    assert_eq!(said.status, 201, "{}", said.body);
    said.json()
}

fn place(message: &Value) -> String {
    format!("/rooms/{}/{}", message["room"].as_str().unwrap(), message["id"].as_str().unwrap())
}

fn time(value: &Value) -> String {
    let time = value.as_str().unwrap_or_default();
    assert!(time.ends_with('Z') && time.len() == 24, "{value}");
    time.to_owned()
}

/// What of a stream is left when its `field` is taken out, with that.
fn without(mut object: Value, field: &str) -> (Value, Value) {
    let taken = object.as_object_mut().unwrap().remove(field).unwrap_or_default();
    (object, taken)
}

#[tokio::test]
async fn every_change_is_heard_as_it_is_described() {
    let server = Running::start();
    let ann = Somebody::named(&server, "Ann").await;
    let by = json!({ "id": ann.id, "name": "Ann" });
    let mut line = Line::ndjson(&server, "/rooms/lobby?live").await;
    line.object("hello").await;
    let first = said(&server, &ann, "lobby", json!({ "body": "helo @Ann" })).await;
    assert_eq!(first["mentions"], json!([by]));
    let message =
        said(&server, &ann, "lobby", json!({ "body": "helo @ann @here", "reply_to": first["id"] })).await;
    assert_eq!((&message["mentions"], &message["mentions_all"]), (&json!([by]), &json!(true)));
    assert_eq!(message["quote"], json!({ "id": first["id"], "by": by, "body": "helo @Ann" }));
    assert_eq!(line.object("message").await, first);
    assert_eq!(line.object("message").await, message);

    let edited = ann.patch(&server, &place(&message), json!({ "body": "hello" })).await;
    assert_eq!(edited.status, 200, "{}", edited.body);
    let edited = edited.json();
    let (rest, at) = without(edited.clone(), "edited");
    time(&at);
    let mut expected = message.clone();
    expected["body"] = json!("hello");
    for gone in ["mentions", "mentions_all"] {
        expected = without(expected, gone).0;
    }
    assert_eq!(rest, expected);
    let (event, id) = without(line.object("edit").await, "id");
    assert_eq!(event, json!({ "room": "lobby", "message": edited }));
    assert!(id.as_str() > message["id"].as_str());

    let path = format!("{}/reactions/%F0%9F%91%8D", place(&message));
    for (method, on, reactions) in [
        ("PUT", true, json!([{ "emoji": "👍", "count": 1, "by": [by], "mine": true }])),
        ("DELETE", false, Value::Null),
    ] {
        for _ in 0..2 {
            let reacted = ann.ask(&server, method, &path, None).await;
            assert_eq!((reacted.status, &reacted.json()["reactions"]), (200, &reactions), "{}", reacted.body);
        }
        let (event, _) = without(line.object("reaction").await, "id");
        let count = usize::from(on);
        let heard = json!({ "room": "lobby", "message": message["id"], "emoji": "👍", "by": by, "on": on, "count": count });
        assert_eq!(event, heard);
        if on {
            let others = get(&server, &place(&message), &[]).await.json()["reactions"].clone();
            assert_eq!(others, json!([{ "emoji": "👍", "count": 1, "by": [by] }]), "nobody's own");
        }
    }
    let bad = ann.put(&server, &format!("{}/reactions/ok", place(&message)), json!({})).await;
    assert_eq!((bad.status, bad.code().as_str()), (422, "bad-emoji"));

    // What is answered leaves a tombstone.
    assert_eq!(ann.delete(&server, &place(&first)).await.status, 204);
    let (event, _) = without(line.object("delete").await, "id");
    let (tomb, deleted) = without(event["message"].clone(), "deleted");
    time(&deleted);
    assert_eq!(event["room"], "lobby");
    assert_eq!(
        tomb,
        json!({ "id": first["id"], "room": "lobby", "at": first["at"], "by": by, "replies": 1 })
    );
    assert_eq!(get(&server, &place(&first), &[]).await.json(), event["message"]);
    let gone = ann.patch(&server, &place(&first), json!({ "body": "x" })).await;
    assert_eq!((gone.status, gone.code().as_str()), (410, "message-gone"));

    // So does one that was reacted to: the reaction is theirs who reacted. It can be taken back, and no other comes.
    let liked = said(&server, &ann, "lobby", json!({ "body": "liked" })).await;
    line.object("message").await;
    let thumb = format!("{}/reactions/%F0%9F%91%8D", place(&liked));
    ann.put(&server, &thumb, json!({})).await;
    line.object("reaction").await;
    assert_eq!(ann.delete(&server, &place(&liked)).await.status, 204);
    let (event, _) = without(line.object("delete").await, "id");
    assert_eq!(event["message"]["reactions"], json!([{ "emoji": "👍", "count": 1, "by": [by] }]));
    assert_eq!(event["message"]["body"], json!(null));
    let another = ann.put(&server, &format!("{}/reactions/%F0%9F%8E%89", place(&liked)), json!({})).await;
    assert_eq!((another.status, another.code().as_str()), (410, "message-gone"));
    assert_eq!(ann.delete(&server, &thumb).await.status, 200);
    let (event, _) = without(line.object("delete").await, "id");
    assert_eq!((&event["message"]["id"], &event["message"]["gone"]), (&liked["id"], &json!(true)));

    // What is not, nothing; and with the last answer the tombstone goes.
    assert_eq!(ann.delete(&server, &place(&message)).await.status, 204);
    for id in [&message["id"], &first["id"]] {
        let (event, _) = without(line.object("delete").await, "id");
        let (gone, deleted) = without(event["message"].clone(), "deleted");
        time(&deleted);
        assert_eq!((&event["room"], gone), (&json!("lobby"), json!({ "id": id, "gone": true })));
    }
    let nothing = ann.delete(&server, &place(&message)).await;
    assert_eq!((nothing.status, nothing.code().as_str()), (404, "no-such-message"));
    assert_eq!(get(&server, "/rooms/lobby", &[]).await.json()["messages"], json!([]));
}

#[tokio::test]
async fn who_comes_back_hears_things_as_they_are_and_only_words_where_only_words_are_wanted() {
    let server = Running::start();
    let ann = Somebody::named(&server, "Ann").await;
    let before = say(&server, "lobby", "before").await;
    let first = said(&server, &ann, "lobby", json!({ "body": "one" })).await;
    let second = said(&server, &ann, "lobby", json!({ "body": "two" })).await;
    let third = said(&server, &ann, "lobby", json!({ "body": "three", "reply_to": second["id"] })).await;
    ann.patch(&server, &place(&first), json!({ "body": "ONE" })).await;
    ann.delete(&server, &place(&second)).await;
    say(&server, "lobby", "after").await;
    let mut line = Line::sse(&server, &format!("/rooms/lobby?since={before}"), &[]).await;
    line.hello().await;
    let mut heard = Vec::new();
    while heard.last().is_none_or(|(_, object): &(String, Value)| object["body"] != "after") {
        let event = line.event().await.unwrap();
        heard.push((event.name, serde_json::from_str(&event.data).unwrap()));
    }
    let names: Vec<_> = heard.iter().map(|(name, _)| name.as_str()).filter(|name| *name != "here").collect();
    assert_eq!(names, ["message", "message", "message", "edit", "delete", "message"]);
    let messages: Vec<_> =
        heard.iter().filter(|(name, _)| name == "message").map(|(_, object)| object).collect();
    assert_eq!((&messages[0]["body"], &messages[1]["body"]), (&json!("ONE"), &Value::Null));
    assert_eq!(messages[2]["quote"], json!({ "id": second["id"], "deleted": true }));
    assert_eq!(messages[2]["id"], third["id"]);

    let mut words = Line::ndjson(&server, &format!("/rooms/lobby?live&only=data&since={before}")).await;
    for expected in ["\"ONE\"", "\"three\"", "\"after\""] {
        assert_eq!(words.text_line().await.as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn a_newcomer_hears_nothing_of_what_happens_to_what_was_said_before_them() {
    let server = Running::start();
    let (ann, bob) = (Somebody::named(&server, "Ann").await, Somebody::named(&server, "Bob").await);
    let made = ann.post(&server, "/rooms", json!({ "kind": "private", "title": "Plans" })).await.json();
    let room = made["id"].as_str().unwrap();
    ann.patch(&server, &format!("/rooms/{room}/about"), json!({ "history": "joined" })).await;
    let secret = said(&server, &ann, room, json!({ "body": "a secret" })).await;
    let added = ann.put(&server, &format!("/rooms/{room}/people/{}", bob.id), json!({})).await;
    assert!(added.status < 300, "{}", added.body);
    let hello = [("cookie", bob.cookie.as_str())];
    let mut live = Line::with(&server, &format!("/rooms/{room}?live"), &hello).await;
    live.object("hello").await;
    ann.patch(&server, &place(&secret), json!({ "body": "a secret that is longer" })).await;
    ann.put(&server, &format!("{}/reactions/%F0%9F%91%8D", place(&secret)), json!({})).await;
    said(&server, &ann, room, json!({ "body": "an answer", "reply_to": secret["id"] })).await;
    ann.delete(&server, &place(&secret)).await;
    said(&server, &ann, room, json!({ "body": "the end" })).await;
    let mut late =
        Line::with(&server, &format!("/rooms/{room}?live&since={}", secret["id"].as_str().unwrap()), &hello)
            .await;
    for line in [&mut live, &mut late] {
        let mut heard = String::new();
        while !heard.contains("the end") {
            heard += &line.text_line().await.unwrap();
        }
        assert!(heard.contains("an answer"), "{heard}");
        for hidden in ["a secret", "\"edit\"", "\"reaction\"", "\"delete\""] {
            assert!(!heard.contains(hidden), "{hidden}: {heard}");
        }
    }
}

#[tokio::test]
async fn the_same_can_be_done_over_a_websocket() {
    let server = Running::start();
    let ann = Somebody::named(&server, "Ann").await;
    let message = said(&server, &ann, "lobby", json!({ "body": "helo" })).await;
    let id = message["id"].as_str().unwrap();
    let cookie = format!("cookie: {}\r\n", ann.cookie);
    let mut socket = Socket::open(&server, "/rooms/lobby", &cookie).await;
    socket.object("hello").await;
    let mut answer = async |command: Value| {
        socket.send(&command).await;
        socket.object("ref").await
    };
    let edited = answer(json!({ "ref": 1, "edit": { "message": id, "body": "hello" } })).await;
    assert_eq!(edited["ok"]["body"], "hello", "{edited}");
    let reacted =
        answer(json!({ "ref": 2, "react": { "room": "lobby", "message": id, "emoji": "❤", "on": true } }))
            .await;
    assert_eq!(reacted["ok"]["reactions"][0]["emoji"], "❤️", "{reacted}");
    let deleted = answer(json!({ "ref": 3, "delete": { "message": id } })).await;
    assert_eq!((&deleted["ref"], deleted.get("problem")), (&json!(3), None));
    let gone = answer(json!({ "ref": 4, "edit": { "message": id, "body": "x" } })).await;
    assert_eq!(gone["problem"]["code"], "message-gone");
    // Its tombstone goes with the last reaction.
    let heart = json!({ "room": "lobby", "message": id, "emoji": "❤", "on": false });
    let taken = answer(json!({ "ref": 5, "react": heart })).await;
    assert_eq!(taken["ok"]["reactions"], Value::Null, "{taken}");
    let gone = answer(json!({ "ref": 6, "edit": { "message": id, "body": "x" } })).await;
    assert_eq!(gone["problem"]["code"], "no-such-message");
}

#[tokio::test]
async fn pages_around_a_message_and_its_answers_can_be_asked_for() {
    let server = Running::start();
    let ann = Somebody::named(&server, "Ann").await;
    let mut messages = Vec::new();
    for count in 0..9 {
        messages.push(said(&server, &ann, "lobby", json!({ "body": count.to_string() })).await);
    }
    let id = messages[4]["id"].as_str().unwrap();
    said(&server, &ann, "lobby", json!({ "body": "an answer", "reply_to": id })).await;
    let page = get(&server, &format!("/rooms/lobby?around={id}&limit=4"), &[]).await.json();
    let bodies: Vec<_> =
        page["messages"].as_array().unwrap().iter().map(|it| it["body"].as_str().unwrap()).collect();
    assert_eq!(bodies, ["3", "4", "5", "6"]);
    assert!(page["older"].is_string() && page["newer"].is_string(), "{page}");
    assert_eq!(page["messages"][1]["replies"], 1);
    let replies = get(&server, &format!("/rooms/lobby/{id}/replies"), &[]).await.json();
    assert_eq!(replies["messages"][0]["body"], "an answer");
    let both = get(&server, "/rooms/lobby?around=3&after=2", &[]).await;
    assert_eq!(both.code(), "bad-parameter");
    let wish = r#"{"body":"x"}"#;
    let stranger = send(request(&server, "PATCH", &format!("/rooms/lobby/{id}")).body(wish)).await;
    assert_eq!((stranger.status, stranger.code().as_str()), (401, "not-signed-in"));
}
