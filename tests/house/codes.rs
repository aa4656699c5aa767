//! Every kind of problem, as it is seen from outside.

use std::fs;
use std::path::Path;

use futures_util::future::join_all;
use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::client::{get, post, request, say, send, until};
use crate::described::description;
use crate::raw::{connect, rest};
use crate::running::Running;
use crate::socket::Socket;
use crate::somebody::{Somebody, refused, text};

/// What no test can bring about when it wants: a defect of our own, and the moment of a restart.
const NEVER_SEEN: [&str; 2] = ["internal", "closing"];

#[test]
fn every_code_is_asserted_by_some_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut tests = String::new();
    for folder in ["house", "house/hostile", "cluster", "endurance"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let is_general = path.ends_with("described.rs");
            if path.extension().is_some_and(|extension| extension == "rs") && !is_general {
                tests += &fs::read_to_string(path).unwrap();
            }
        }
    }
    let codes = description()["components"]["schemas"]["ProblemCode"]["enum"].as_array().unwrap();
    let is_asserted = |code: &str| {
        tests.contains(&format!("\"{code}\"")) || tests.split_whitespace().any(|word| word == code)
    };
    let missing: Vec<_> = codes
        .iter()
        .map(|code| code.as_str().unwrap())
        .filter(|code| !is_asserted(code) && !NEVER_SEEN.contains(code))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn in_slow_mode_each_waits_as_long_as_they_are_told_and_strangers_give_a_name_first() {
    let server = Running::start();
    let (ann, bob) = (Somebody::named(&server, "Ann").await, Somebody::named(&server, "Bob").await);
    ann.joins(&server, "hall").await;
    ann.done(&server, "PATCH", "/rooms/hall/about", json!({ "slow": 60 })).await;
    bob.says(&server, "hall", "one").await;
    for wish in [json!({ "body": "two" }), json!({ "body": "two", "store": false })] {
        let waits = bob.post(&server, "/rooms/hall", wish.clone()).await;
        refused(&waits, 429, "slow-mode");
        let seconds: u64 = waits.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
        assert_eq!(waits.json()["retry_after"], seconds);
        refused(&Somebody::default().post(&server, "/rooms/hall", wish).await, 401, "not-signed-in");
    }
    // A signal takes its time as well.
    let carl = Somebody::named(&server, "Carl").await;
    let signal = json!({ "body": "psst", "store": false });
    assert_eq!(carl.post(&server, "/rooms/hall", signal).await.status, 202);
    refused(&carl.post(&server, "/rooms/hall", json!({ "body": "two" })).await, 429, "slow-mode");
    // What was said already is answered again, and over a WebSocket it is the same.
    let dora = Somebody::named(&server, "Dora").await;
    let wish = json!({ "body": "once", "key": "k" });
    let said = dora.post(&server, "/rooms/hall", wish.clone()).await;
    let again = dora.post(&server, "/rooms/hall", wish.clone()).await;
    assert_eq!((said.status, again.status, said.json()), (201, 200, again.json()));
    let cookie = format!("Cookie: {}\r\n", dora.cookie);
    let mut socket = Socket::open(&server, "/rooms/hall", &cookie).await;
    for (verb, wish, code) in [
        ("post", wish, json!(null)),
        ("post", json!({ "body": "two" }), json!("slow-mode")),
        ("signal", json!({ "body": "psst" }), json!("slow-mode")),
    ] {
        socket.send(json!({ "ref": 1, verb: wish })).await;
        let answer = socket.object("ref").await;
        assert_eq!(answer["problem"]["code"], code, "{verb}: {answer}");
        assert_eq!(answer["problem"]["retry_after"].is_u64(), code.is_string(), "{verb}: {answer}");
    }
    ann.says(&server, "hall", "who keeps it").await;
    ann.says(&server, "hall", "does not wait").await;
}

#[tokio::test]
async fn what_is_too_much_is_refused_by_its_name() {
    let server = Running::with("[limits]\nsignal_bytes = 100\nrooms_per_line = 2");
    let ann = Somebody::named(&server, "Ann").await;
    let large = ann.post(&server, "/rooms/hall", json!({ "body": "x".repeat(70_000) })).await;
    refused(&large, 413, "too-large");
    assert_eq!(large.json()["about"], "limits.body_bytes");
    let signal = ann.post(&server, "/rooms/hall", json!({ "body": "x".repeat(101), "store": false })).await;
    refused(&signal, 413, "too-large");
    assert_eq!(signal.json()["about"], "limits.signal_bytes");

    refused(
        &get(
            &server,
            "/stream?room=a&room=b&room=c",
            &[("accept", "application/x-ndjson, application/problem+json")],
        )
        .await,
        422,
        "too-many-rooms",
    );
    let people: Vec<_> = (0..11).map(|n| format!("{n:016}")).collect();
    let crowd = json!({ "kind": "direct", "people": people });
    refused(&ann.post(&server, "/rooms", crowd).await, 422, "too-many-people");

    let id = ann.says(&server, "hall", "like it?").await;
    let mut answer = None;
    for emoji in ["😀", "😃", "😄", "😁", "😆", "😅", "🤣", "😂", "🙂", "🙃", "🫠", "😉", "😊"]
    {
        answer = Some(ann.put(&server, &format!("/rooms/hall/{id}/reactions/{emoji}"), json!(null)).await);
    }
    refused(&answer.unwrap(), 422, "too-many-reactions");

    for _ in 0..50 {
        ann.done(&server, "POST", "/me/link", json!({})).await;
    }
    refused(&ann.post(&server, "/me/link", json!({})).await, 422, "too-many-of-yours");
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_by_its_name() {
    let server = Running::start();
    let garbled = "multipart/form-data; boundary=x";
    refused(&post(&server, "/rooms/hall", garbled, "--x\r\nnonsense").await, 400, "bad-body");
    refused(&get(&server, "/rooms/hall?client=a%20b", &[]).await, 400, "bad-client");
    let mut socket = connect(&server).await;
    let head = "GET /rooms/hall HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\
                Sec-WebSocket-Version: 12\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    let answer = rest(&mut socket).await;
    let problem: serde_json::Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!((&answer[..12], &problem["code"]), ("HTTP/1.1 400", &json!("bad-handshake")));
}

#[tokio::test]
async fn what_was_said_long_ago_is_not_changed_any_more() {
    let server = Running::with("[rooms]\nedit_window = '0s'");
    let ann = Somebody::named(&server, "Ann").await;
    let id = ann.says(&server, "hall", "helo").await;
    let path = format!("/rooms/hall/{id}");
    // As soon as the clock shows another millisecond.
    until(async || ann.patch(&server, &path, json!({ "body": "hello" })).await.status == 403).await;
    refused(&ann.patch(&server, &path, json!({ "body": "hello!" })).await, 403, "edit-too-late");
    let about = get(&server, "/rooms/hall/about", &[]).await.json();
    assert_eq!(about["edit_window"], json!(0), "who knows it offers nobody to change what is too old");
}

#[tokio::test]
async fn many_who_want_a_password_hashed_at_once_do_not_keep_others_from_it() {
    let server = Running::with("trusted_proxies = [\"127.0.0.1\"]");
    let sign_in = async |address: usize, n: usize| {
        let wish = json!({ "login": format!("somebody{address}-{n}"), "password": "wrong horse" });
        let asked = request(&server, "POST", "/session")
            .header("x-forwarded-for", format!("192.0.2.{address}"))
            .header("content-type", "application/json")
            .body(wish.to_string());
        send(asked).await
    };
    // One address has so many at once…
    let of_one = join_all((0..25).map(|n| sign_in(1, n))).await;
    assert!(of_one.iter().any(|answer| answer.status == 401));
    let refusal = of_one.iter().find(|answer| answer.status == 429).expect("one too many");
    assert_eq!((refusal.code().as_str(), refusal.header("retry-after").as_str()), ("too-fast", "1"));
    // … and so has the server.
    let of_all = join_all((0..150).map(|n| sign_in(2 + n % 12, n))).await;
    let refusal = of_all.iter().find(|answer| answer.status == 503).expect("too many for the server");
    assert_eq!((refusal.code().as_str(), refusal.header("retry-after").is_empty()), ("overloaded", false));
    refused(&sign_in(200, 0).await, 401, "wrong-password");
}

#[tokio::test]
async fn nobody_is_locked_out_of_rooms_by_those_into_which_others_bring_them() {
    let server = Running::start();
    let (ann, eve) = (Somebody::named(&server, "Ann").await, Somebody::named(&server, "Eve").await);
    let trap = json!({ "kind": "private", "title": "Trap", "people": [ann.id] });
    for _ in 0..40 {
        let made = join_all((0..20).map(|_| eve.post(&server, "/rooms", trap.clone()))).await;
        assert!(made.iter().all(|made| made.status == 201));
    }
    refused(&eve.post(&server, "/rooms", trap).await, 422, "too-many-of-theirs");
    ann.says(&server, "hall", "and yet I come in").await;
}

#[tokio::test]
async fn reasons_are_in_the_language_of_the_reader() {
    let server = Running::start();
    let (ann, bob) = (Somebody::named(&server, "Ann").await, Somebody::named(&server, "Bob").await);
    ann.joins(&server, "hall").await;
    let asked = async |method: &str, path: &str, wish: serde_json::Value, language: &str| {
        let asked = request(&server, method, path)
            .header("cookie", &bob.cookie)
            .header("accept-language", language)
            .header("content-type", "application/json")
            .body(wish.to_string());
        let answer = send(asked).await;
        (answer.code(), text(&answer.json()["about"]))
    };
    for (method, path, wish, code, english, chinese) in [
        (
            "PATCH",
            "/rooms/hall/about",
            json!({ "topic": "x" }),
            "not-allowed",
            "your role does not allow this",
            "你的角色不允许这样做",
        ),
        (
            "PUT",
            "/me/password",
            json!({ "password": "correct horse" }),
            "not-allowed",
            "this takes an account",
            "这需要一个账号",
        ),
        (
            "POST",
            "/rooms/..%2e",
            json!({}),
            "bad-room",
            "a room's name is not made of dots only",
            "房间名不能全是点",
        ),
    ] {
        assert_eq!(asked(method, path, wish.clone(), "en").await, (code.to_owned(), english.to_owned()));
        assert_eq!(asked(method, path, wish, "zh-CN").await, (code.to_owned(), chinese.to_owned()));
    }
    let olga = Somebody::owner(&server).await;
    let bad = olga.post(&server, "/links", json!({ "role": "guest", "uses": 0 })).await;
    refused(&bad, 422, "bad-setting");
    assert_eq!(bad.json()["about"], "the uses of a link are 1 to 1000");
    // A WebSocket that is closed says why in the reader's language, too.
    let mut socket = Socket::open(&server, "/rooms/hall", "Accept-Language: zh\r\n").await;
    socket.send_raw(&crate::socket::frame(0x82, b"binary")).await;
    loop {
        let frame = socket.frame().await.unwrap();
        if frame.opcode == 8 {
            assert_eq!(String::from_utf8_lossy(&frame.payload[2..]), "这里只接受文本");
            break;
        }
    }
}

#[tokio::test]
async fn a_room_that_is_not_there_for_somebody_is_refused_without_a_word_about_how_rooms_are_made() {
    let server = Running::start();
    say(&server, "hall", "hi").await;
    let nowhere = get(&server, "/rooms/~AAAAAAAAAAAAAAAA", &[]).await;
    refused(&nowhere, 404, "no-such-room");
    assert_eq!(nowhere.json()["detail"], "Check the name, or ask somebody who is in it to bring you in.");
}
