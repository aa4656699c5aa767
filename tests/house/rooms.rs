//! A room is a URL: what comes back depends on how it is asked.

use serde_json::json;

use crate::client::{Line, get, number, post, request, say, send};
use crate::running::Running;
use crate::somebody::Somebody;

#[tokio::test]
async fn one_url_gives_each_asker_its_form() {
    let server = Running::start();
    say(&server, "lobby", "hello").await;
    for (accept, kind) in [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("application/json;q=0.4, text/html;q=0.5", "text/html"),
    ] {
        let answer = get(&server, "/rooms/lobby", &[("accept", accept)]).await;
        assert_eq!(answer.status, 200, "{accept}");
        assert!(answer.header("content-type").starts_with(kind), "{accept}");
        assert!(answer.header("vary").to_ascii_lowercase().contains("accept"), "{accept}");
        assert!(answer.header("link").contains("</rooms/lobby>; rel=\"canonical\""), "{accept}");
    }
    let json = get(&server, "/rooms/lobby", &[]).await;
    assert!(json.header("cache-control").contains("no-store"));
    for (path, accept, kind) in [
        ("/rooms/lobby", "text/event-stream", "text/event-stream"),
        ("/rooms/lobby", "application/x-ndjson", "application/x-ndjson"),
        ("/rooms/lobby?live", "*/*", "application/x-ndjson"),
        ("/rooms/lobby?live", "text/event-stream", "text/event-stream"),
        ("/stream", "*/*", "application/x-ndjson"),
    ] {
        let line = Line::with(&server, path, &[("accept", accept)]).await;
        assert!(line.header("content-type").starts_with(kind), "{path} {accept}");
        assert!(line.header("cache-control").contains("no-store"), "{path} {accept}");
        assert!(line.header("cache-control").contains("no-transform"), "{path} {accept}");
        assert_eq!(line.header("x-accel-buffering"), "no");
        assert_eq!(line.header("vary"), "accept");
    }
    let none = get(&server, "/rooms/lobby", &[("accept", "image/png")]).await;
    assert_eq!((none.status, none.code().as_str()), (406, "not-acceptable"));
}

#[tokio::test]
async fn head_opens_no_stream_and_options_tells_what_may_be_done() {
    let server = Running::with("metrics = \"127.0.0.1:0\"");
    let head = send(request(&server, "HEAD", "/rooms/lobby").header("accept", "text/event-stream")).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.header("content-type"), "text/event-stream");
    assert_eq!(server.metrics().await["openline_lines_sse"], 0.0);
    for (path, allow) in [
        ("/rooms/lobby", "GET, HEAD, POST, OPTIONS"),
        ("/rooms/lobby/1", "GET, HEAD, PATCH, DELETE, OPTIONS"),
        ("/stream", "GET, HEAD, OPTIONS"),
    ] {
        let options = send(request(&server, "OPTIONS", path)).await;
        assert_eq!((options.status, options.header("allow").as_str()), (204, allow), "{path}");
        let put = send(request(&server, "PUT", path)).await;
        assert_eq!((put.status, put.header("allow").as_str()), (405, allow), "{path}");
        assert_eq!(put.code(), "method-not-allowed");
    }
    let me = send(request(&server, "POST", "/me")).await;
    assert_eq!(me.status, 405);
    assert!(me.header("allow").contains("PUT"), "{}", me.header("allow"));
}

#[tokio::test]
async fn head_of_a_stream_says_no_to_whoever_may_not_have_it() {
    let server = Running::start();
    let (ann, bob) = (Somebody::named(&server, "Ann").await, Somebody::named(&server, "Bob").await);
    let room = ann.done(&server, "POST", "/rooms", json!({ "kind": "private", "title": "Plans" })).await;
    let path = format!("/rooms/{}?live", room["id"].as_str().unwrap());
    for (who, path, status) in [
        (&ann, path.as_str(), 200),
        (&bob, path.as_str(), 404),
        (&bob, "/stream?mine", 200),
        (&Somebody::default(), "/stream?mine", 401),
    ] {
        assert_eq!(who.ask(&server, "HEAD", path, None).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn a_message_can_be_sent_in_every_form_in_which_people_send() {
    const FORM: &str = "application/x-www-form-urlencoded";
    let server = Running::start();
    let multipart = "--x\r\nContent-Disposition: form-data; name=\"body\"\r\n\r\na\r\nb\r\n--x--\r\n";
    for (kind, sent, body) in [
        (FORM, "hello", "hello"),
        (FORM, "a=b&c", "a=b&c"),
        (FORM, "50%", "50%"),
        (FORM, "1+1", "1+1"),
        (FORM, "body=1%2B1+is+2&send=Send", "1+1 is 2"),
        ("application/json", r#"{"body":"hello"}"#, "hello"),
        ("application/vnd.example+json", r#"{"body":"hello"}"#, "hello"),
        ("multipart/form-data; boundary=x", multipart, "a\r\nb"),
        ("text/plain", "  as typed \n", "  as typed \n"),
        ("text/plain; charset=utf-8", "héllo 你好", "héllo 你好"),
        ("text/markdown", "*hello*", "*hello*"),
        ("text/event-stream", "data: not an event\r\n\r\n", "data: not an event\r\n\r\n"),
        ("application/xml", "<hello/>", "<hello/>"),
        ("image/svg+xml", "<svg/>", "<svg/>"),
    ] {
        let said = post(&server, "/rooms/lobby", kind, sent).await;
        assert_eq!(said.status, 201, "{kind} {sent}: {}", said.body);
        assert_eq!(said.json()["body"], body, "{kind} {sent}");
        let place = said.header("location");
        assert_eq!(place, format!("/rooms/lobby/{}", said.json()["id"].as_str().unwrap()));
        assert_eq!(get(&server, &place, &[]).await.json(), said.json());
    }
    let bare = send(request(&server, "POST", "/rooms/lobby").body("no type")).await;
    assert_eq!((bare.status, &bare.json()["body"]), (201, &json!("no type")));
    let data = post(&server, "/rooms/lobby", "application/json", r#"{"data":{"price":1.50}}"#).await;
    assert!(data.body.contains(r#""data":{"price":1.50}"#), "numbers as they were written: {}", data.body);
    for kind in ["application/octet-stream", "image/png", "text/plain; charset=latin1"] {
        let refused = post(&server, "/rooms/lobby", kind, "x").await;
        assert_eq!((refused.status, refused.code().as_str()), (415, "unsupported-type"), "{kind}");
    }
}

#[tokio::test]
async fn a_form_sent_by_a_page_without_script_leads_back_to_the_page() {
    let server = Running::start();
    let sent = request(&server, "POST", "/rooms/lobby")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html,*/*;q=0.8")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-site", "same-origin")
        .header("origin", server.url(""))
        .header("referer", server.url("/rooms/lobby"))
        .body("body=hello");
    let answer = send(sent).await;
    assert_eq!((answer.status, answer.header("location")), (303, server.url("/rooms/lobby")));
    assert_eq!(get(&server, "/rooms/lobby", &[]).await.json()["messages"][0]["body"], "hello");
}

#[tokio::test]
async fn what_cannot_be_said_is_refused_with_the_reason() {
    let server = Running::start();
    let other = say(&server, "other", "elsewhere").await;
    let answer = say(&server, "lobby", "a question").await;
    let long_type = "a".repeat(65);
    for (sent, status, code) in [
        (json!({ "body": " \n\u{3000}" }), 422, "blank-message"),
        (json!({}), 422, "blank-message"),
        (json!({ "body": "x", "type": "reset" }), 422, "reserved-type"),
        (json!({ "body": "x", "type": "message" }), 422, "reserved-type"),
        (json!({ "body": "x", "type": "1a" }), 422, "bad-type"),
        (json!({ "body": "x", "type": "a\nb" }), 422, "bad-type"),
        (json!({ "body": "x", "type": long_type }), 422, "bad-type"),
        (json!({ "body": "x", "key": "" }), 422, "bad-key"),
        (json!({ "body": "x", "key": "k".repeat(201) }), 422, "bad-key"),
        (json!({ "body": "x", "reply_to": "nonsense" }), 422, "bad-reply"),
        (json!({ "body": "x", "reply_to": "00000000-1" }), 422, "bad-reply"),
        (json!({ "body": "x", "reply_to": other }), 422, "bad-reply"),
        (json!({ "body": "x", "colour": "red" }), 422, "unknown-field"),
    ] {
        let refused = post(&server, "/rooms/lobby", "application/json", &sent.to_string()).await;
        assert_eq!((refused.status, refused.code().as_str()), (status, code), "{sent}");
    }
    let fit = json!({ "body": "an answer", "type": "price.update-2", "reply_to": answer });
    let said = post(&server, "/rooms/lobby", "application/json", &fit.to_string()).await;
    assert_eq!(said.status, 201);
    assert_eq!((&said.json()["type"], &said.json()["reply_to"]), (&json!("price.update-2"), &json!(answer)));
    let page = get(&server, "/rooms/lobby", &[]).await.json();
    assert_eq!(page["messages"].as_array().unwrap().len(), 2, "nothing refused was kept: {page}");
}

#[tokio::test]
async fn history_is_read_page_by_page_in_both_directions() {
    let server = Running::start();
    let mut ids = Vec::new();
    for count in 0..7 {
        ids.push(say(&server, "lobby", &count.to_string()).await);
        say(&server, "other", "between").await;
    }
    let bodies = |page: &serde_json::Value| -> Vec<String> {
        page["messages"].as_array().unwrap().iter().map(|m| m["body"].as_str().unwrap().to_owned()).collect()
    };
    let newest = get(&server, "/rooms/lobby?limit=3", &[]).await;
    assert_eq!(bodies(&newest.json()), ["4", "5", "6"]);
    assert!(newest.json()["newer"].is_null());
    let head = newest.json()["head"].as_str().unwrap().to_owned();
    let link = newest.header("link");
    assert!(
        link.contains(&format!("</rooms/lobby?since={head}>; rel=\"alternate\"; type=\"text/event-stream\"")),
        "{link}"
    );
    let mut older = newest.json()["older"].as_str().unwrap().to_owned();
    assert!(link.contains(&format!("<{older}>; rel=\"prev\"")), "{link}");
    let mut read = Vec::new();
    loop {
        let page = get(&server, &older, &[]).await.json();
        read.splice(0..0, bodies(&page));
        match page["older"].as_str() {
            Some(next) => older = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(read, ["0", "1", "2", "3"]);
    let first = get(&server, "/rooms/lobby?after=0&limit=5", &[]).await;
    assert_eq!(bodies(&first.json()), ["0", "1", "2", "3", "4"]);
    let newer = first.json()["newer"].as_str().unwrap().to_owned();
    assert!(first.header("link").contains(&format!("<{newer}>; rel=\"next\"")));
    assert_eq!(bodies(&get(&server, &newer, &[]).await.json()), ["5", "6"]);
    let by_id = format!("/rooms/lobby?before={}&limit=2", ids[2]);
    assert_eq!(bodies(&get(&server, &by_id, &[]).await.json()), ["0", "1"], "an id is as good as a number");
    for bad in ["limit=0", "limit=501", "before=x", "before=1&after=1", "after=00000000-3"] {
        assert_eq!(get(&server, &format!("/rooms/lobby?{bad}"), &[]).await.status, 400, "{bad}");
    }
    let unknown = get(&server, "/rooms/nothing-said-here", &[]).await;
    assert_eq!(
        (unknown.status, unknown.json()["messages"].clone()),
        (200, json!([])),
        "a GET creates nothing"
    );
    assert!(number(&head) >= 14);
}

#[tokio::test]
async fn every_spelling_of_a_name_is_one_room() {
    let server = Running::start();
    say(&server, "Caf%C3%A9", "one").await;
    say(&server, "CAFE%CC%81", "two").await;
    let page = get(&server, "/rooms/caf%C3%A9", &[]).await;
    assert_eq!(page.json()["room"], "café");
    assert_eq!(page.json()["messages"].as_array().unwrap().len(), 2);
    for spelling in ["CAF%C3%89", "cafe%CC%81", "caf%c3%a9", "c%61f%C3%A9"] {
        let page = get(&server, &format!("/rooms/{spelling}"), &[]).await;
        assert_eq!(page.json()["messages"].as_array().unwrap().len(), 2, "{spelling}");
        assert!(page.header("link").contains("</rooms/caf%C3%A9>; rel=\"canonical\""), "{spelling}");
    }
}

#[tokio::test]
async fn where_nobody_may_make_rooms_only_what_exists_can_be_spoken_in() {
    let server = Running::with("[rooms]\ncreate = \"nobody\"");
    let refused = post(&server, "/rooms/lobby", "text/plain", "hello").await;
    assert_eq!((refused.status, refused.code().as_str()), (404, "no-such-room"));
    let refused = post(&server, "/rooms/lobby", "application/json", r#"{"body":"x","store":false}"#).await;
    assert_eq!(refused.status, 404, "nor is it signalled in: {}", refused.body);
}
