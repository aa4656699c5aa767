//! How fast one may speak, how many connections an address has, and how many signals a room is told.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::{Line, get, post, request, say, send, soon, until};
use crate::raw::{connect, rest};
use crate::running::Running;
use crate::socket::Socket;
use crate::somebody::Somebody;

#[tokio::test]
async fn who_speaks_too_fast_is_told_how_long_to_wait_and_nobody_else_is() {
    let server = Running::with("[limits]\nposts_per_second = 1\nposts_burst = 3");
    let ann = Somebody::named(&server, "Ann").await;
    // Her coming was the address's first.
    for count in [2, 3] {
        say(&server, "lobby", &count.to_string()).await;
    }
    let refused = post(&server, "/rooms/lobby", "text/plain", "too fast").await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "too-fast"));
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=2).contains(&wait), "{wait}");
    for count in 0..3 {
        ann.says(&server, "lobby", &count.to_string()).await;
    }
    assert_eq!(
        ann.ask(&server, "PUT", "/me", Some(json!({ "name": "Anna" }))).await.status,
        429,
        "any change counts"
    );
    assert_eq!(
        ann.sees(&server, "/rooms/lobby").await["messages"].as_array().unwrap().len(),
        5,
        "reading does not"
    );
    // As soon as it was promised, and not before.
    let began = Instant::now();
    until(async || post(&server, "/rooms/lobby", "text/plain", "at last").await.status == 201).await;
    assert!(began.elapsed() <= Duration::from_secs(wait + 5));
}

#[tokio::test]
async fn over_a_websocket_the_same_rate_holds() {
    let server = Running::with("[limits]\nposts_per_second = 1\nposts_burst = 2");
    let mut socket = Socket::open(&server, "/rooms/lobby", "").await;
    socket.object("hello").await;
    for number in 1..=3 {
        socket.send(json!({ "ref": number, "post": { "body": "x" } })).await;
    }
    let mut codes = Vec::new();
    while codes.len() < 3 {
        codes.push(socket.object("ref").await["problem"]["code"].clone());
    }
    assert_eq!(codes, [json!(null), json!(null), json!("too-fast")]);
    assert_eq!(post(&server, "/rooms/lobby", "text/plain", "the same address").await.status, 429);
}

#[tokio::test]
async fn every_command_counts_and_nobody_is_faster_under_many_names() {
    let server = Running::with("[limits]\nposts_per_second = 1\nposts_burst = 3");
    let ann = Somebody::named(&server, "Ann").await;
    let id = ann.says(&server, "lobby", "hi").await;
    let mut socket = Socket::open(&server, "/rooms/lobby", &format!("Cookie: {}\r\n", ann.cookie)).await;
    let mut code = async |command: serde_json::Value| {
        socket.send(command).await;
        socket.object("ref").await["problem"]["code"].clone()
    };
    for (verb, wish) in [
        ("edit", json!({ "message": id, "body": "hello" })),
        ("react", json!({ "message": id, "emoji": "👍", "on": true })),
    ] {
        assert_eq!(code(json!({ "ref": 1, verb: wish })).await, json!(null), "{verb}");
    }
    for (verb, wish) in [
        ("edit", json!({ "message": id, "body": "hello!" })),
        ("react", json!({ "message": id, "emoji": "👍", "on": false })),
        ("delete", json!({ "message": id })),
        ("signal", json!({ "body": "x" })),
    ] {
        assert_eq!(code(json!({ "ref": 1, verb: wish })).await, json!("too-fast"), "{verb}");
    }
    assert_eq!(
        code(json!({ "ref": 1, "subscribe": { "room": "a" } })).await,
        json!(null),
        "to read is another rate"
    );

    // Twenty times as fast as one person, all at an address together.
    let settings = "trusted_proxies = [\"127.0.0.1\"]\n[limits]\nposts_per_second = 1\nposts_burst = 2";
    let server = Running::with(settings);
    let come = async |n: usize| {
        let wish = json!({ "name": format!("Somebody {n}") }).to_string();
        // Without a name one is counted by the address, as often as one person.
        let asked = request(&server, "PUT", "/me").header("x-forwarded-for", format!("192.0.2.{}", n / 2));
        send(asked.header("content-type", "application/json").body(wish)).await
    };
    let mut people = Vec::new();
    for n in 0..50 {
        people.push(Somebody::of(&come(n).await));
    }
    let (mut said, began) = (0, Instant::now());
    for somebody in &people {
        let post = request(&server, "POST", "/rooms/lobby")
            .header("x-forwarded-for", "198.51.100.7")
            .header("cookie", &somebody.cookie)
            .body("hi");
        said += usize::from(send(post).await.status == 201);
    }
    // However slow the machine is: as many at once, and then so many a second.
    let most = 41 + (20.0 * began.elapsed().as_secs_f64()) as usize;
    assert!((40..=most).contains(&said), "{said} of fifty at one address, where {most} may be");
}

#[tokio::test]
async fn who_hears_more_rooms_or_says_what_is_no_command_is_counted_as_who_reads() {
    let server = Running::with("[limits]\nposts_per_second = 1\nposts_burst = 1");
    let mut socket = Socket::open(&server, "/rooms/lobby", "").await;
    for command in [r#"{"subscribe":{"room":"a"}}"#, r#"{"unsubscribe":{"room":"a"}}"#, r#"{"ref":1}"#, "{"] {
        let mut code = async || {
            socket.send(command).await;
            loop {
                let answer: serde_json::Value = serde_json::from_str(&socket.text().await).unwrap();
                if answer.get("ok").is_some() || answer.get("problem").is_some() {
                    return answer["problem"]["code"].clone();
                }
            }
        };
        let is_refused = async { while code().await != "too-fast" {} };
        soon(is_refused).await;
    }
}

#[tokio::test]
async fn who_tries_one_token_after_the_other_is_too_fast_some_time() {
    let server = Running::with("[limits]\nposts_per_second = 1\nposts_burst = 2");
    for token in ["not even a token", "aaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"] {
        until(async || {
            let asked = request(&server, "POST", "/rooms/lobby").bearer_auth(token).body("hi");
            let refused = send(asked).await;
            let code = refused.code();
            assert!(["not-signed-in", "too-fast"].contains(&code.as_str()), "{code}");
            refused.status == 429
        })
        .await;
    }
}

#[tokio::test]
async fn who_is_too_fast_keeps_nobody_waiting_at_the_same_address() {
    let server = Running::with("[limits]\nposts_per_second = 1\nposts_burst = 4");
    let (ann, bob) = (Somebody::named(&server, "Ann").await, Somebody::named(&server, "Bob").await);
    let mut refusals = 0;
    while refusals < 200 {
        let said = ann.post(&server, "/rooms/lobby", json!({ "body": "me, me, me" })).await;
        refusals += usize::from(said.status == 429);
    }
    bob.says(&server, "lobby", "and me").await;
}

#[tokio::test]
async fn an_address_has_so_many_connections_and_a_proxy_any_number() {
    let server = Running::with("[limits]\nconnections_per_address = 2");
    let mut first = connect(&server).await;
    first.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut head = [0; 12];
    first.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    let second = Socket::open(&server, "/rooms/lobby", "").await;
    let refused = rest(&mut connect(&server).await).await;
    assert!(refused.starts_with("HTTP/1.1 429 ") && refused.contains("Retry-After: 2\r\n"), "{refused}");
    // A WebSocket's place is given up with it.
    drop(second);
    until(async || {
        let mut again = connect(&server).await;
        let _ = again.write_all(b"GET /health/live HTTP/1.0\r\nHost: localhost\r\n\r\n").await;
        rest(&mut again).await.starts_with("HTTP/1.0 200 ")
    })
    .await;
    let settings = "trusted_proxies = [\"127.0.0.1\"]\n[limits]\nconnections_per_address = 2";
    let server = Running::with(settings);
    let mut lines = Vec::new();
    for _ in 0..5 {
        let mut line = Line::sse(&server, "/rooms/lobby", &[]).await;
        line.hello().await;
        lines.push(line);
    }
}

#[tokio::test]
async fn a_room_is_told_so_many_signals_a_second_and_the_others_are_left_out() {
    let server = Running::with("metrics = \"127.0.0.1:0\"\n[limits]\nsignals_per_second = 5");
    say(&server, "lobby", "hi").await;
    let mut line = Line::ndjson(&server, "/rooms/lobby?live").await;
    line.object("hello").await;
    let began = Instant::now();
    for count in 0..100 {
        let signal = json!({ "body": count.to_string(), "type": "tick", "store": false });
        let sent = send(
            request(&server, "POST", "/rooms/lobby")
                .header("content-type", "application/json")
                .body(signal.to_string()),
        );
        assert_eq!(sent.await.status, 202);
    }
    until(async || server.metrics().await["openline_signals_total"] >= 100.0).await;
    let seconds = began.elapsed().as_secs_f64().ceil() + 1.0;
    let dropped = server.metrics().await["openline_signals_dropped_total"];
    // Two a second are for programs; three are kept back for what is gathered.
    assert!(dropped >= 100.0 - 2.0 * seconds - 1.0, "{dropped} left out in {seconds} s");
    assert_eq!(line.object("tick").await["body"], "0", "the first are told");
    assert_eq!(get(&server, "/rooms/lobby", &[]).await.json()["messages"].as_array().unwrap().len(), 1);
}
