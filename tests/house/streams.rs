//! Lines: every event once, in order, across whatever happens to the connection.

use std::sync::Arc;

use openline::wire::sse::Reader;
use serde_json::{Value, json};

use crate::client::{Line, Said, get, number, post, request, say, soon};
use crate::running::Running;

fn words(from: usize, upto: usize) -> Vec<String> {
    (from..upto).map(|count| count.to_string()).collect()
}

#[tokio::test]
async fn a_line_greets_with_its_place_and_events_of_the_log_have_ids_and_signals_none() {
    let server = Running::start();
    let before = say(&server, "lobby", "before").await;
    let mut line = Line::sse(&server, "/rooms/lobby?client=me", &[]).await;
    let hello = line.hello().await;
    let greeting: Value = serde_json::from_str(&hello.data).unwrap();
    assert_eq!((greeting["client"].as_str(), greeting["head"].as_str()), (Some("me"), Some(&*before)));
    assert!(!greeting["connection"].as_str().unwrap().is_empty());
    assert_eq!(hello.id, before, "the stream starts after what had been said");
    assert!(line.retry().is_some());
    let signal = json!({ "body": "…", "type": "typing-now", "store": false }).to_string();
    let sent = post(&server, "/rooms/lobby", "application/json", &signal).await;
    assert_eq!((sent.status, sent.json().get("id")), (202, None));
    let heard = line.named("typing-now").await;
    assert_eq!(heard.id, before, "a signal moves nothing");
    let typed = json!({ "body": "7", "type": "price" }).to_string();
    let said = post(&server, "/rooms/lobby", "application/json", &typed).await;
    let heard = line.named("price").await;
    assert_eq!(heard.id, said.json()["id"].as_str().unwrap());
    assert!(number(&heard.id) > number(&before));
}

#[tokio::test]
async fn a_stream_begins_where_since_says() {
    let server = Running::start();
    let mut ids = Vec::new();
    for word in words(0, 4) {
        ids.push(say(&server, "lobby", &word).await);
    }
    let number = number(&ids[1]).to_string();
    for (since, from) in [
        (ids[1].as_str(), 2),
        (number.as_str(), 2),
        ("0", 0),
        ("all", 0),
        ("1h", 0),
        ("2020-01-01T00:00:00Z", 0),
        ("2999-01-01T00:00:00Z", 4),
        ("none", 4),
    ] {
        let mut line = Line::sse(&server, &format!("/rooms/lobby?since={since}"), &[]).await;
        line.hello().await;
        if from == 4 {
            say(&server, "lobby", "live").await;
            assert_eq!(line.bodies(1).await, ["live"], "since={since}");
        } else {
            assert_eq!(line.bodies(4 - from).await, words(from, 4), "since={since}");
        }
    }
    let mut line = Line::sse(&server, "/rooms/lobby?since=all", &[("last-event-id", &ids[2])]).await;
    assert_eq!(line.bodies(1).await, ["3"], "the browser's id counts for more than the URL");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_late_gets_all_without_gap_or_double_while_others_speak() {
    let server = Arc::new(Running::start());
    for word in words(0, 300) {
        say(&server, "lobby", &word).await;
    }
    let speaking = {
        let server = Arc::clone(&server);
        tokio::spawn(async move {
            for word in words(300, 900) {
                say(&server, "lobby", &word).await;
            }
        })
    };
    let mut listening = Vec::new();
    for _ in 0..8 {
        let mut line = Line::sse(&server, "/rooms/lobby?since=all", &[]).await;
        listening.push(tokio::spawn(async move { line.bodies(900).await }));
        say(&server, "other", "meanwhile").await;
    }
    speaking.await.unwrap();
    for heard in listening {
        assert_eq!(heard.await.unwrap(), words(0, 900));
    }
}

#[tokio::test]
async fn a_stream_cut_after_any_byte_goes_on_exactly() {
    let server = Running::start();
    for word in words(0, 24) {
        say(&server, "lobby", &format!("{word}\r\nsecond line, 你好")).await;
    }
    let mut whole = Line::sse(&server, "/rooms/lobby?since=all", &[]).await;
    let expected = whole.messages(24).await;
    let check = |cut: usize| {
        let (server, expected) = (&server, &expected);
        async move {
            let mut first = Line::sse(server, "/rooms/lobby?since=all", &[]).await;
            let (mut reader, mut left, mut heard) = (Reader::new(1 << 20), cut, Vec::new());
            while left > 0 {
                let bytes = first.bytes().await.expect("the line to go on");
                let bytes = &bytes[..left.min(bytes.len())];
                reader.push(bytes);
                left -= bytes.len();
            }
            let mut note = |event: &openline::wire::sse::Received| {
                (event.name == "message").then(|| heard.push(Said::of(event)));
            };
            reader.by_ref().map(Result::unwrap).for_each(|event| note(&event));
            drop(first);
            let id = reader.last_id().to_owned();
            let mut rest = Line::sse(server, "/rooms/lobby?since=all", &[("last-event-id", &id)]).await;
            let missing = expected.len() - heard.len();
            heard.extend(rest.messages(missing).await);
            assert_eq!(&heard, expected, "cut after {cut} bytes, resumed from {id:?}");
        }
    };
    for first in (0..2048).step_by(32) {
        futures_util::future::join_all((first..first + 32).map(check)).await;
    }
}

#[tokio::test]
async fn what_one_says_oneself_can_be_left_out_live_and_in_replay() {
    let server = Running::start();
    let speak = async |client: &str, body: &str| {
        let said = request(&server, "POST", "/rooms/lobby").header("openline-client", client);
        assert_eq!(crate::client::send(said.body(body.to_owned())).await.status, 201);
    };
    speak("me", "mine").await;
    speak("you", "yours").await;
    let mut line = Line::sse(&server, "/rooms/lobby?since=all&client=me&echo=false", &[]).await;
    assert_eq!(line.bodies(1).await, ["yours"]);
    speak("me", "mine again").await;
    speak("you", "yours again").await;
    assert_eq!(line.bodies(1).await, ["yours again"]);
    let mut resumed = Line::sse(&server, "/rooms/lobby?since=0&client=me&echo=false", &[]).await;
    assert_eq!(resumed.bodies(2).await, ["yours", "yours again"]);
    let mut both = Line::sse(&server, "/rooms/lobby?since=0&client=me", &[]).await;
    assert_eq!(both.bodies(4).await.len(), 4);
}

#[tokio::test]
async fn no_body_can_break_a_stream_or_forge_an_event() {
    let server = Running::start();
    let bodies = [
        "a\rb",
        "a\nb",
        "a\r\nb",
        "\n\nid: 9\ndata: forged\n\n",
        "a\0b",
        "a\u{2028}b\u{2029}c",
        "data: x",
        "\u{feff}mark",
        ":comment",
        "{\"message\":1}",
        "ends\n",
    ];
    let mut sse = Line::sse(&server, "/rooms/lobby", &[]).await;
    let mut bare = Line::sse(&server, "/rooms/lobby?only=data", &[]).await;
    let mut only_json = Line::sse(&server, "/rooms/lobby?only=json", &[]).await;
    let mut lines = Line::ndjson(&server, "/rooms/lobby?live").await;
    let mut bare_lines = Line::ndjson(&server, "/rooms/lobby?live&only=data").await;
    for line in [&mut sse, &mut bare, &mut only_json] {
        line.hello().await;
    }
    lines.object("hello").await;
    for body in bodies {
        say(&server, "lobby", body).await;
        assert_eq!(sse.bodies(1).await, [body]);
        let as_lines = body.replace("\r\n", "\n").replace('\r', "\n");
        assert_eq!(bare.named("message").await.data, as_lines);
        assert_eq!(only_json.named("message").await.data, json!(body).to_string());
        assert_eq!(lines.object("message").await["body"], body);
        assert_eq!(bare_lines.text_line().await, Some(json!(body).to_string()));
    }
    let data = r#"{"data":{"price":1.50,"text":"a\nb"}}"#;
    assert_eq!(post(&server, "/rooms/lobby", "application/json", data).await.status, 201);
    assert_eq!(only_json.named("message").await.data, r#"{"price":1.50,"text":"a\nb"}"#);
}

#[tokio::test]
async fn several_rooms_on_one_line_come_in_one_order() {
    let server = Running::start();
    let mut two = Line::ndjson(&server, "/stream?room=a&room=b").await;
    let mut all = Line::sse(&server, "/stream", &[]).await;
    two.object("hello").await;
    all.hello().await;
    for count in 0..30 {
        say(&server, ["a", "b", "c"][count % 3], &count.to_string()).await;
    }
    assert_eq!(all.bodies(30).await, words(0, 30));
    let mut replayed = Line::ndjson(&server, "/stream?room=b&room=a&since=all").await;
    for count in (0..30).filter(|count| count % 3 != 2) {
        let live = two.object("message").await;
        assert_eq!(live["body"], count.to_string());
        assert_eq!(replayed.object("message").await, live);
    }
    let mut since = Line::sse(&server, "/stream?since=0", &[]).await;
    assert_eq!(since.bodies(30).await, words(0, 30));
}

#[tokio::test]
async fn a_quiet_line_shows_life_and_moves_its_place() {
    let server = Running::with("[stream]\nheartbeat = \"1s\"");
    let mut line = Line::sse(&server, "/rooms/quiet", &[]).await;
    let begins = line.hello().await.id;
    let elsewhere = say(&server, "busy", "elsewhere").await;
    soon(async {
        while line.last_id() != elsewhere {
            let bytes = line.bytes().await.expect("the line to go on");
            line.push(&bytes);
        }
    })
    .await;
    assert!(number(&elsewhere) > number(&begins));
    let mut plain = Line::ndjson(&server, "/rooms/quiet?live").await;
    assert_eq!(plain.object("heartbeat").await["id"], elsewhere);
}

#[tokio::test]
async fn an_id_that_means_nothing_here_is_answered_with_reset_and_the_stream_goes_on() {
    let server = Running::start();
    let known = say(&server, "lobby", "first").await;
    let (epoch, _) = known.split_once('-').unwrap();
    let future = format!("{epoch}-999999");
    for bad in ["garbage", "00000000-1", &future, "-1", "\u{1}", "%%%", &"9".repeat(60)] {
        let Ok(value) = reqwest::header::HeaderValue::from_str(bad) else { continue };
        let value = value.to_str().unwrap().to_owned();
        let mut line = Line::sse(&server, "/rooms/lobby", &[("last-event-id", &value)]).await;
        line.hello().await;
        let reset: Value = serde_json::from_str(&line.named("reset").await.data).unwrap();
        assert_eq!(reset["id"], get(&server, "/rooms/lobby", &[]).await.json()["head"], "{bad}");
        assert!(!reset["reason"].as_str().unwrap().is_empty());
        say(&server, "lobby", "next").await;
        assert_eq!(line.bodies(1).await, ["next"], "{bad}");
        let mut again = Line::sse(&server, "/rooms/lobby?since=all", &[("last-event-id", &value)]).await;
        assert_eq!(again.bodies(1).await, ["first"], "who has lost their place begins where the URL says");
    }
}

#[tokio::test]
async fn a_line_goes_on_exactly_over_crash_and_stop() {
    let mut server = Running::start();
    let mut line = Line::sse(&server, "/rooms/lobby", &[]).await;
    line.hello().await;
    let (mut heard, mut count) = (Vec::new(), 0);
    for round in 0..4 {
        for _ in 0..5 {
            say(&server, "lobby", &count.to_string()).await;
            count += 1;
        }
        // Some are heard now, the others after the next start.
        heard.extend(line.bodies(3 + round % 2).await);
        if round % 2 == 0 {
            server.kill();
        } else {
            assert!(server.stop().await.success());
        }
        server.restart();
        let id = line.last_id().to_owned();
        line = Line::sse(&server, "/rooms/lobby", &[("last-event-id", &id)]).await;
        assert_eq!(line.hello().await.id, id, "nobody is reset who has missed nothing");
    }
    heard.extend(line.bodies(count - heard.len()).await);
    assert_eq!(heard, words(0, count));
}

#[tokio::test]
async fn a_server_that_stops_ends_its_lines_with_word_of_when_to_come_back() {
    let mut server = Running::with("grace = \"5s\"\n[stream]\nretry = \"3s\"");
    let mut line = Line::sse(&server, "/rooms/lobby", &[]).await;
    let mut plain = Line::ndjson(&server, "/rooms/lobby?live").await;
    line.hello().await;
    plain.object("hello").await;
    let said = say(&server, "lobby", "last").await;
    assert_eq!(line.named("message").await.id, said);
    let began = std::time::Instant::now();
    server.ask_to_stop();
    let mut last = Vec::new();
    while let Some(bytes) = line.bytes().await {
        last.extend_from_slice(&bytes);
    }
    let last = String::from_utf8(last).unwrap();
    let wait: u64 = last.trim().rsplit_once("retry: ").expect("a retry").1.parse().unwrap();
    assert!((3000..=6000).contains(&wait), "{last}");
    while plain.text_line().await.is_some() {}
    assert!(server.ended().await.success());
    assert!(began.elapsed().as_secs() < 5, "within its grace");
}

#[tokio::test]
async fn an_event_source_that_is_turned_away_for_now_may_come_back() {
    let server = Running::with("[limits]\nlines = 1");
    let mut first = Line::sse(&server, "/rooms/lobby", &[]).await;
    first.hello().await;
    let mut second = Line::sse(&server, "/rooms/lobby", &[]).await;
    let problem = second.event().await.unwrap();
    let said: Value = serde_json::from_str(&problem.data).unwrap();
    assert_eq!((problem.name.as_str(), &said["code"]), ("problem", &json!("too-many-lines")));
    assert!(second.retry().is_some());
    assert_eq!(second.event().await, None, "and the line ends");
    let accept = "text/event-stream, application/problem+json";
    let fetch = get(&server, "/rooms/lobby", &[("accept", accept)]).await;
    assert_eq!((fetch.status, fetch.code().as_str()), (429, "too-many-lines"));
    assert!(!fetch.header("retry-after").is_empty());
}
