//! Who is asking: people by their cookie, pages by their origin, addresses by their proxy.

use serde_json::json;

use crate::client::{Line, get, request, say, send};
use crate::running::Running;
use crate::socket::Socket;
use crate::somebody::{Somebody, refused};

#[tokio::test]
async fn a_name_is_enough_to_be_somebody_and_a_new_name_is_shown_on_old_words() {
    let server = Running::start();
    assert_eq!(get(&server, "/me", &[]).await.status, 204);
    let put = |cookie: String, name: &str| {
        let wish = request(&server, "PUT", "/me").header("cookie", cookie);
        send(wish.body(json!({ "name": name }).to_string()))
    };
    let arrived = put(String::new(), "  Ann   Lee ").await;
    assert_eq!((arrived.status, &arrived.json()["name"]), (201, &json!("Ann Lee")));
    let set = arrived.header("set-cookie");
    for part in ["; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Secure"), "over plain HTTP the cookie would be lost");
    let cookie = set.split(';').next().unwrap().to_owned();
    assert_eq!(get(&server, "/me", &[("cookie", &cookie)]).await.json(), arrived.json());
    let said = send(request(&server, "POST", "/rooms/lobby").header("cookie", &cookie).body("hi")).await;
    assert_eq!(said.json()["by"], json!({ "id": arrived.json()["id"], "name": "Ann Lee" }));
    let renamed = put(cookie.clone(), "安").await;
    assert_eq!((renamed.status, &renamed.json()["id"]), (200, &arrived.json()["id"]));
    let page = get(&server, "/rooms/lobby", &[]).await.json();
    assert_eq!(page["messages"][0]["by"]["name"], "安");
    let mut replayed = Line::ndjson(&server, "/rooms/lobby?live&since=all").await;
    assert_eq!(replayed.object("message").await["by"]["name"], "安");
    for bad in ["", " ", "a\u{202e}b", "a\nb\0", &"x".repeat(41), "\u{200b}"] {
        let refused = put(cookie.clone(), bad).await;
        assert_eq!((refused.status, refused.code().as_str()), (422, "bad-name"), "{bad:?}");
    }
    assert_eq!(get(&server, "/me", &[("cookie", "openline=nonsense")]).await.status, 204);
}

#[tokio::test]
async fn problems_are_told_in_the_readers_language() {
    let server = Running::start();
    let english = get(&server, "/nothing", &[("accept-language", "fr, en;q=0.5")]).await;
    let chinese = get(&server, "/nothing", &[("accept-language", "zh-CN,zh;q=0.9,en;q=0.8")]).await;
    assert_eq!((english.code(), chinese.code()), ("no-such-page".into(), "no-such-page".into()));
    assert_eq!(english.header("content-language"), "en");
    assert_eq!(chinese.header("content-language"), "zh-CN");
    assert!(english.json()["title"].as_str().unwrap().is_ascii());
    assert!(chinese.json()["title"].as_str().unwrap().chars().any(|char| char > '\u{4e00}'));
    assert!(chinese.header("vary").contains("accept-language"));
}

#[tokio::test]
async fn pages_of_strangers_may_not_write_and_those_of_friends_may() {
    let server = Running::with("origins = [\"https://friend.example\"]\nhosts = [\"chat.local\"]");
    let post = |name: &'static str, value: &str| {
        send(request(&server, "POST", "/rooms/lobby").header(name, value).body("x"))
    };
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let refused = post(name, value).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "foreign"), "{name}: {value}");
        assert_eq!(refused.header("access-control-allow-origin"), "");
    }
    let own = server.url("");
    for (name, value) in [
        ("origin", own.as_str()),
        ("origin", "https://friend.example"),
        ("sec-fetch-site", "same-origin"),
        ("host", "chat.local"),
    ] {
        assert_eq!(post(name, value).await.status, 201, "{name}: {value}");
    }
    assert_eq!(post("host", "evil.example").await.code(), "bad-host");
    let friend = [("origin", "https://friend.example")];
    let page = get(&server, "/rooms/lobby", &friend).await;
    assert_eq!(page.header("access-control-allow-origin"), "https://friend.example");
    assert!(page.header("vary").contains("origin"));
    let mut line = Line::sse(&server, "/rooms/lobby", &friend).await;
    assert_eq!(line.header("access-control-allow-origin"), "https://friend.example");
    line.hello().await;
    let preflight = request(&server, "OPTIONS", "/rooms/lobby")
        .header("origin", "https://friend.example")
        .header("access-control-request-method", "POST");
    let preflight = send(preflight).await;
    assert_eq!(preflight.status, 204);
    assert!(preflight.header("access-control-allow-methods").contains("POST"));
    assert!(preflight.header("access-control-allow-headers").contains("idempotency-key"));
}

#[tokio::test]
async fn lines_are_counted_by_the_address_that_a_trusted_proxy_tells() {
    let settings = "trusted_proxies = [\"127.0.0.0/8\"]\n[limits]\nlines_per_address = 2";
    let server = Running::with(settings);
    let accept = ("accept", "text/event-stream, application/problem+json");
    let (ann, ben) = (("x-forwarded-for", "6.6.6.6, 192.0.2.1"), ("x-forwarded-for", "192.0.2.2"));
    let first = Line::sse(&server, "/rooms/lobby", &[ann]).await;
    let _second = Line::sse(&server, "/rooms/lobby", &[ann]).await;
    assert_eq!(get(&server, "/rooms/lobby", &[accept, ann]).await.code(), "address-limit");
    let made_up = ("x-forwarded-for", "7.7.7.7, 192.0.2.1");
    assert_eq!(get(&server, "/rooms/lobby", &[accept, made_up]).await.code(), "address-limit");
    let mut other = Line::sse(&server, "/rooms/lobby", &[ben]).await;
    other.hello().await;
    say(&server, "lobby", "heard").await;
    assert_eq!(other.bodies(1).await, ["heard"]);
    drop(first);
    crate::client::until(async || {
        let mut line = Line::sse(&server, "/rooms/lobby", &[ann]).await;
        line.event().await.is_some_and(|event| event.name == "hello")
    })
    .await;
}

#[tokio::test]
async fn a_server_can_be_for_those_with_a_name_to_hear_and_for_members_to_speak() {
    let server = Running::with("[people]\nhear = \"guests\"\nspeak = \"members\"");
    let olga = Somebody::owner(&server).await;
    let (ann, bob) = (olga.invites(&server, "member", "Ann").await, Somebody::named(&server, "Bob").await);
    let mut bobs = bob.line(&server, "/rooms/hall").await;
    let mut everything = bob.line(&server, "/stream").await;
    ann.says(&server, "hall", "hello").await;
    assert_eq!(bobs.object("message").await["body"], "hello", "of a room that was not there yet");
    assert_eq!(everything.object("message").await["body"], "hello");
    refused(&bob.post(&server, "/rooms/hall", json!({ "body": "x" })).await, 403, "not-allowed");
    let stranger = Somebody::default();
    refused(&stranger.get(&server, "/rooms/hall").await, 401, "not-signed-in");
    refused(&stranger.post(&server, "/rooms/hall", json!({ "body": "x" })).await, 401, "not-signed-in");
    assert_eq!(stranger.sees(&server, "/rooms").await["rooms"], json!([]));
    // Who becomes a member speaks, and whoever is one no more does not.
    let person = format!("/people/{}", bob.id);
    olga.done(&server, "PATCH", &person, json!({ "role": "member" })).await;
    bob.says(&server, "hall", "me too").await;
    olga.done(&server, "PATCH", &person, json!({ "role": "guest" })).await;
    refused(&bob.post(&server, "/rooms/hall", json!({ "body": "x" })).await, 403, "not-allowed");
    assert_eq!(bobs.object("message").await["body"], "me too");
}

#[tokio::test]
async fn where_only_some_hear_the_others_find_every_door_shut() {
    let server = Running::with("[people]\nhear = \"members\"\nspeak = \"members\"");
    let olga = Somebody::owner(&server).await;
    olga.says(&server, "hall", "hello").await;
    let bob = Somebody::named(&server, "Bob").await;
    for (who, status, code) in [(&Somebody::default(), 401, "not-signed-in"), (&bob, 403, "not-allowed")] {
        // Also an EventSource, which gives up for ever: it will never work.
        for accept in ["application/json", "text/event-stream", "application/x-ndjson"] {
            let asked = request(&server, "GET", "/rooms/hall").header("accept", accept);
            refused(&send(asked.header("cookie", &who.cookie)).await, status, code);
        }
        refused(&who.post(&server, "/rooms/hall", json!({ "body": "x" })).await, status, code);
        let cookie = format!("Cookie: {}\r\n", who.cookie);
        for path in ["/rooms/hall", "/rooms/hall?only=data", "/stream?room=hall"] {
            let head = Socket::handshake(&server, path, &cookie).await.err().expect("a refusal");
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {head}");
        }
        // On a line of everything there is nothing for them, however they come to a room.
        let mut socket = Socket::open(&server, "/stream", &cookie).await;
        for wish in [
            json!({ "ref": 1, "post": { "room": "hall", "body": "x" } }),
            json!({ "ref": 1, "subscribe": { "room": "hall" } }),
        ] {
            socket.send(&wish).await;
            assert_eq!(socket.object("ref").await["problem"]["code"], code, "{wish}");
        }
    }
}

#[tokio::test]
async fn whose_role_changes_hears_or_hears_no_more_on_the_lines_that_they_have() {
    let server = Running::with("[people]\nhear = \"members\"");
    let olga = Somebody::owner(&server).await;
    let bob = Somebody::named(&server, "Bob").await;
    let mut line = bob.line(&server, "/stream").await;
    let mut socket = Socket::open(&server, "/stream", &format!("Cookie: {}\r\n", bob.cookie)).await;
    socket.object("hello").await;
    for (role, body) in [
        ("guest", "zero"),
        ("member", "one"),
        ("guest", "two"),
        ("moderator", "three"),
        ("guest", "four"),
        ("member", "five"),
    ] {
        olga.done(&server, "PATCH", &format!("/people/{}", bob.id), json!({ "role": role })).await;
        olga.says(&server, "hall", body).await;
    }
    for body in ["one", "three", "five"] {
        assert_eq!(line.object("message").await["body"], body);
        assert_eq!(socket.object("message").await["message"]["body"], body);
    }
}

#[tokio::test]
async fn who_may_post_in_a_room_is_for_who_keeps_it_to_say() {
    let server = Running::start();
    let olga = Somebody::owner(&server).await;
    let (ann, bob) = (olga.invites(&server, "member", "Ann").await, Somebody::named(&server, "Bob").await);
    olga.joins(&server, "hall").await;
    for (post, anns, bobs) in [("everyone", 201, 201), ("members", 201, 403), ("moderators", 403, 403)] {
        olga.done(&server, "PATCH", "/rooms/hall/about", json!({ "post": post })).await;
        for (who, status) in [(&ann, anns), (&bob, bobs), (&olga, 201)] {
            let said = who.post(&server, "/rooms/hall", json!({ "body": post })).await;
            assert_eq!(said.status, status, "{post}: {}", said.body);
            let may = &who.sees(&server, "/rooms/hall/about").await["may"];
            assert_eq!(may.as_array().unwrap().contains(&json!("say")), status == 201, "{post}");
        }
        let strangers = Somebody::default().post(&server, "/rooms/hall", json!({ "body": "x" })).await;
        assert_eq!(strangers.status == 201, post == "everyone", "{}", strangers.body);
    }
}
