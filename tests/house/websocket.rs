//! A room as a WebSocket: the same objects, and commands back.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::client::{number, say, soon};
use crate::running::Running;
use crate::socket::{Frame, Socket, frame};
use crate::somebody::Somebody;

#[tokio::test]
async fn what_is_said_over_a_websocket_is_counted_like_what_is_posted() {
    let server = Running::with("metrics = \"127.0.0.1:0\"");
    say(&server, "lobby", "by POST").await;
    let mut socket = Socket::open(&server, "/rooms/lobby", "").await;
    socket.send(json!({ "ref": 1, "post": { "body": "hi", "key": "k" } })).await;
    socket.object("ref").await;
    socket.send(json!({ "ref": 2, "post": { "body": "hi", "key": "k" } })).await;
    socket.object("ref").await;
    assert_eq!(server.metrics().await["openline_posts_total"], 2.0, "a repetition is none");
}

/// Pings as fast as the connection takes them, with somebody who reads the pongs, until it is told to stop.
fn flood(server: &Running, stop: &Arc<AtomicBool>) -> [std::thread::JoinHandle<()>; 2] {
    let mut stream = std::net::TcpStream::connect(server.address()).unwrap();
    let handshake = "GET /rooms/elsewhere HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(handshake.as_bytes()).unwrap();
    let mut reading = stream.try_clone().unwrap();
    let stop = Arc::clone(stop);
    let pings = frame(0x89, b"").repeat(10_000);
    let writes = std::thread::spawn(move || {
        while !stop.load(Ordering::Relaxed) && stream.write_all(&pings).is_ok() {}
        let _ = stream.shutdown(std::net::Shutdown::Both);
    });
    let reads = std::thread::spawn(move || {
        let mut pongs = vec![0; 1 << 16];
        while matches!(reading.read(&mut pongs), Ok(1..)) {}
    });
    [writes, reads]
}

#[tokio::test]
async fn whoever_sends_small_frames_without_a_pause_holds_up_nobody() {
    let server = Running::with("[stream]\nthreads = 1");
    let mut socket = Socket::open(&server, "/rooms/lobby", "").await;
    socket.object("hello").await;
    let stop = Arc::new(AtomicBool::new(false));
    let flood = flood(&server, &stop);
    tokio::time::sleep(Duration::from_millis(200)).await;
    for n in 0..10 {
        say(&server, "lobby", &n.to_string()).await;
        assert_eq!(socket.object("message").await["message"]["body"], n.to_string());
    }
    stop.store(true, Ordering::Relaxed);
    flood.into_iter().for_each(|thread| thread.join().unwrap());
}

#[tokio::test]
async fn every_command_is_answered_under_its_ref() {
    let server = Running::start();
    let mut socket = Socket::open(&server, "/rooms/lobby", "").await;
    socket.object("hello").await;
    socket.send(json!({ "ref": 7, "post": { "body": "hi", "key": "k" } })).await;
    let (mut answer, mut heard) = (None, None);
    while answer.is_none() || heard.is_none() {
        let object: serde_json::Value = serde_json::from_str(&socket.text().await).unwrap();
        answer = object.get("ok").cloned().or(answer);
        heard = object.get("message").cloned().or(heard);
    }
    assert_eq!(answer, heard, "the answer is the message as everybody hears it");
    socket.send(json!({ "ref": "again", "post": { "room": "lobby", "body": "hi", "key": "k" } })).await;
    let again = socket.object("ref").await;
    assert_eq!((&again["ref"], Some(&again["ok"])), (&json!("again"), heard.as_ref()));
    for (command, code) in [
        (json!({ "ref": 1, "post": { "body": "other", "key": "k" } }), "key-reused"),
        (json!({ "ref": 1, "post": { "body": " " } }), "blank-message"),
        (json!({ "ref": 1, "post": { "room": "..", "body": "x" } }), "bad-room"),
        (json!({ "ref": 1, "post": { "body": "x", "type": "hello" } }), "reserved-type"),
        (json!({ "ref": 1, "post": { "body": "x" }, "subscribe": { "room": "a" } }), "bad-json"),
        (json!({ "ref": 1 }), "bad-json"),
        (json!({ "ref": 1, "subscribe": { "room": "a/b" } }), "bad-room"),
    ] {
        socket.send(&command).await;
        let answer = socket.object("ref").await;
        assert_eq!((&answer["ref"], &answer["problem"]["code"]), (&json!(1), &json!(code)), "{command}");
    }
    for (text, code) in [("{", "bad-json"), (r#"{"shout":{}}"#, "unknown-field"), ("[]", "bad-json")] {
        socket.send(text).await;
        assert_eq!(socket.object("problem").await["problem"]["code"], code, "{text}");
    }
    socket.send(json!({ "ref": 2, "signal": { "body": "…", "type": "typing-now" } })).await;
    let heard = socket.object("typing-now").await;
    assert_eq!((&heard["typing-now"]["body"], heard["typing-now"].get("id")), (&json!("…"), None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_subscribed_to_begins_with_its_page_and_repeats_nothing_of_it() {
    let server = Arc::new(Running::start());
    let speaking = {
        let server = Arc::clone(&server);
        tokio::spawn(async move {
            for count in 0..400 {
                say(&server, "late", &count.to_string()).await;
            }
        })
    };
    for _ in 0..6 {
        say(&server, "lobby", "first").await;
        let mut socket = Socket::open(&server, "/rooms/lobby", "").await;
        socket.object("hello").await;
        socket.send(json!({ "ref": 1, "subscribe": { "room": "late", "limit": 500 } })).await;
        let page = loop {
            let object: serde_json::Value = serde_json::from_str(&socket.text().await).unwrap();
            assert_ne!(object["message"]["room"], "late", "nothing of the room comes before its page");
            if object.get("ref").is_some() {
                break object["ok"].clone();
            }
        };
        let head = number(page["head"].as_str().unwrap());
        let mut heard: Vec<_> = page["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|said| said["body"].as_str().unwrap().to_owned())
            .collect();
        while heard.len() < 400 {
            let said = socket.object("message").await["message"].clone();
            if said["room"] == "late" {
                assert!(number(said["id"].as_str().unwrap()) > head, "older numbers stay in the page");
                heard.push(said["body"].as_str().unwrap().to_owned());
            }
        }
        assert_eq!(heard, (0..400).map(|count| count.to_string()).collect::<Vec<_>>());
    }
    speaking.await.unwrap();
}

#[tokio::test]
async fn a_room_unsubscribed_from_is_heard_no_more() {
    let server = Running::start();
    let mut socket = Socket::open(&server, "/stream?room=a&room=b", "").await;
    socket.object("hello").await;
    socket.send(json!({ "ref": 1, "unsubscribe": { "room": "a" } })).await;
    assert_eq!(socket.object("ref").await["ok"]["room"], "a");
    say(&server, "a", "unheard").await;
    say(&server, "b", "heard").await;
    assert_eq!(socket.object("message").await["message"]["body"], "heard");
}

#[tokio::test]
async fn a_stream_over_websocket_resumes_and_resets_like_any_other() {
    let server = Running::start();
    let first = say(&server, "lobby", "first").await;
    say(&server, "lobby", "second").await;
    let mut socket = Socket::open(&server, &format!("/rooms/lobby?since={first}"), "").await;
    assert_eq!(socket.object("message").await["message"]["body"], "second");
    let mut lost = Socket::open(&server, "/rooms/lobby?since=00000000-1", "").await;
    assert!(!lost.object("reset").await["reset"]["id"].as_str().unwrap().is_empty());
    let mut plain = Socket::open(&server, "/rooms/lobby?since=00000000-1&only=data", "").await;
    assert_eq!(plain.closed().await.0, 4000, "a plain line can be told of a reset only by its end");
}

#[tokio::test]
async fn plain_text_goes_both_ways() {
    let server = Running::start();
    let mut me = Socket::open(&server, "/rooms/lobby?only=data", "").await;
    let mut other = Socket::open(&server, "/rooms/lobby?only=json", "").await;
    for body in ["hello", "a\r\nb\rc\nd", "{\"post\":1}", "a\0\u{2028}b"] {
        me.send(body).await;
        assert_eq!(me.text().await, body, "as it was sent");
        assert_eq!(other.text().await, json!(body).to_string());
    }
    other.send(r#"{"price": 1.50}"#).await;
    assert_eq!(other.text().await, r#"{"price": 1.50}"#);
    assert_eq!(me.text().await, r#"{"price": 1.50}"#);
    me.send(" ").await;
    let (code, reason) = me.closed().await;
    assert_eq!(code, 1008);
    assert!(!reason.is_empty());
    other.send("{").await;
    assert_eq!(other.closed().await.0, 1008);
}

#[tokio::test]
async fn a_plain_socket_says_by_its_close_whether_it_is_worth_coming_back() {
    let server = Running::with("[limits]\nposts_per_second = 1\nposts_burst = 6");
    let (olga, ann) = (Somebody::owner(&server).await, Somebody::named(&server, "Ann").await);
    let cookie = format!("Cookie: {}\r\n", ann.cookie);
    let plain = async |room: &str, more: &str| {
        Socket::open(&server, &format!("/rooms/{room}?only=data"), &format!("{cookie}{more}")).await
    };
    for (room, about) in [("slow", json!({ "slow": 60 })), ("shut", json!({ "archived": true }))] {
        olga.joins(&server, room).await;
        olga.done(&server, "PATCH", &format!("/rooms/{room}/about"), about).await;
    }
    let mut slow = plain("slow", "").await;
    slow.send("one").await;
    assert_eq!(slow.text().await, "one");
    slow.send("two").await;
    assert_eq!(slow.closed().await, (1013, "This room is in slow mode".to_owned()));
    let mut shut = plain("shut", "").await;
    shut.send("anybody?").await;
    let (code, reason) = shut.closed().await;
    assert_eq!((code, reason.as_str()), (1008, "This room is only to be read"));
    let mut chinese = plain("shut", "Accept-Language: zh-CN\r\n").await;
    chinese.send("有人吗？").await;
    let (code, reason) = chinese.closed().await;
    assert!(code == 1008 && reason.chars().all(|character| character > '\u{7f}'), "{reason}");
    let mut binary = plain("lobby", "").await;
    binary.send_raw(&frame(0x82, b"hi")).await;
    assert_eq!(binary.closed().await, (1003, "only text is understood here".to_owned()));
    let mut fast = plain("lobby", "").await;
    for count in 0..30 {
        fast.send(count).await;
    }
    let (code, reason) = fast.closed().await;
    assert!(code == 1013 && !reason.is_empty(), "{code} {reason}");
}

#[tokio::test]
async fn frames_against_the_rules_close_the_socket_with_the_code_for_it() {
    let server = Running::start();
    let mut witness = Socket::open(&server, "/rooms/lobby", "").await;
    witness.object("hello").await;
    let mut unmasked = frame(0x81, b"hi");
    unmasked[1] &= 0x7f;
    let oversized = [&[0x81, 0xff][..], &(1_u64 << 40).to_be_bytes(), &[0; 4]].concat();
    let in_pieces = [frame(0x01, &[b'a'; 60_000]), frame(0x80, &[b'a'; 60_000])].concat();
    for (what, bytes, code) in [
        ("unmasked", unmasked, 1002),
        ("a reserved bit", frame(0xc1, b"hi"), 1002),
        ("a reserved opcode", frame(0x83, b"hi"), 1002),
        ("a continuation of nothing", frame(0x80, b"hi"), 1002),
        ("a message inside another", [frame(0x01, b"a"), frame(0x81, b"b")].concat(), 1002),
        ("a ping in pieces", frame(0x09, b""), 1002),
        ("a long ping", frame(0x89, &[0; 126]), 1002),
        ("half a close code", frame(0x88, &[3]), 1002),
        ("a close code that must not be sent", frame(0x88, &1005_u16.to_be_bytes()), 1002),
        ("not UTF-8", frame(0x81, &[0xc3, 0x28]), 1007),
        ("more than is allowed, announced", oversized, 1009),
        ("more than is allowed, in pieces", in_pieces, 1009),
        ("binary", frame(0x82, b"hi"), 1003),
    ] {
        let mut socket = Socket::open(&server, "/rooms/lobby", "").await;
        socket.send_raw(&bytes).await;
        assert_eq!(socket.closed().await.0, code, "{what}");
    }
    let mut socket = Socket::open(&server, "/rooms/lobby", "").await;
    socket.send_raw(&frame(0x89, b"are you there")).await;
    let pong = Frame { opcode: 10, payload: b"are you there".to_vec() };
    while soon(socket.frame()).await.unwrap() != pong {}
    let command = json!({ "ref": 1, "post": { "body": "in pieces" } }).to_string();
    let (one, two) = command.as_bytes().split_at(9);
    let pieces = [frame(0x01, one), frame(0x89, b"between"), frame(0x80, two)].concat();
    for byte in pieces {
        socket.send_raw(&[byte]).await;
    }
    assert_eq!(socket.object("ref").await["ok"]["body"], "in pieces");
    socket.send_raw(&frame(0x88, &1000_u16.to_be_bytes())).await;
    assert_eq!(socket.closed().await.0, 1000);
    assert_eq!(witness.object("message").await["message"]["body"], "in pieces", "others lost nothing");
}

#[tokio::test]
async fn a_handshake_from_a_foreign_page_or_that_is_none_is_refused() {
    let server = Running::with("origins = [\"https://friend.example\"]");
    for (more, status) in [
        ("Origin: https://evil.example\r\n", "403"),
        ("Origin: null\r\n", "403"),
        ("Sec-Fetch-Site: cross-site\r\n", "403"),
        ("Host: evil.example\r\n", "421"),
    ] {
        let head = Socket::handshake(&server, "/rooms/lobby", more).await.err().expect(more);
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{more}{head}");
    }
    Socket::open(&server, "/rooms/lobby", "Origin: https://friend.example\r\n").await;
    let request = crate::client::request(&server, "GET", "/rooms/lobby")
        .header("upgrade", "websocket")
        .header("connection", "upgrade")
        .header("sec-websocket-version", "8");
    let refused = crate::client::send(request).await;
    assert_eq!((refused.status, refused.header("sec-websocket-version").as_str()), (400, "13"));
}

#[tokio::test]
async fn another_implementation_understands_us_up_to_the_end() {
    let mut server = Running::start();
    let url = server.url("/rooms/lobby").replace("http", "ws");
    let (mut socket, _) = soon(tokio_tungstenite::connect_async(url)).await.unwrap();
    let long = "é".repeat(20_000);
    socket.send(Message::text(json!({ "ref": 1, "post": { "body": long } }).to_string())).await.unwrap();
    let mut seen = 0;
    while seen < 2 {
        let text = soon(socket.next()).await.unwrap().unwrap().into_text().unwrap();
        seen += usize::from(text.contains(&long));
    }
    server.ask_to_stop();
    let close = loop {
        match soon(socket.next()).await.unwrap().unwrap() {
            Message::Close(close) => break close.unwrap(),
            _ => continue,
        }
    };
    assert_eq!(u16::from(close.code), 1001);
    assert!(server.ended().await.success());
}
