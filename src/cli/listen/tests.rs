use clap::Parser;

use super::*;
use crate::cli::scripted::{Scripted, answer, console};

#[derive(Parser)]
struct Alone {
    #[command(flatten)]
    args: ListenArgs,
}

fn args(line: &[&str]) -> ListenArgs {
    Alone::try_parse_from([&["listen"], line].concat()).expect("right").args
}

fn stream(body: &str) -> String {
    answer(200, "text/event-stream", body)
}

fn said(body: &str) -> String {
    format!(
        r#"{{"room":"lobby","at":"2026-11-20T08:00:00.123Z","by":{{"id":"7","name":"Ann"}},"body":"{body}"}}"#
    )
}

/// A line that is cut in the middle of an event, then one that begins with a reset, then no more.
fn broken_line() -> Vec<String> {
    let first = format!(
        "retry: 1\n\nid: a-0\nevent: hello\ndata: {{}}\n\nid: a-1\ndata: {}\n\nid: a-2\ndata: {}",
        said("one"),
        said("two")
    );
    let second = format!(
        "id: b-5\nevent: reset\ndata: {{\"reason\":\"a new log\"}}\n\nevent: typing\ndata: {{}}\n\n\
         id: b-6\nevent: alarm\ndata: {}\n\nevent: problem\ndata: {{\"title\":\"Too many lines\"}}\n\n",
        said("three")
    );
    vec![stream(&first), stream(&second), answer(503, "text/plain", ""), answer(204, "text/plain", "")]
}

#[tokio::test]
async fn it_goes_on_where_it_was_and_says_what_happened() {
    let server = Scripted::new(broken_line()).await;
    let (mut console, out, notes) = console();
    run(&args(&["lobby", "--since", "10m", "--url", &server.url]), &mut console)
        .await
        .expect("204 is an end");
    assert_eq!(out.text(), "lobby 08:00:00 Ann: one\nlobby 08:00:00 Ann [alarm]: three\n");

    let notes = notes.text();
    for part in [
        "openline: the line was closed; connecting again in 0.0 s\n",
        "openline: connected again\n",
        "openline: some messages may be missing here (a new log); going on with what is new\n",
        "openline: the server says: Too many lines\n",
        "openline: the server is in trouble (503): Service Unavailable; connecting again",
    ] {
        assert!(notes.contains(part), "{part} in {notes}");
    }

    let asked = server.asked().await;
    assert!(asked[0].starts_with("GET /rooms/lobby?since=10m HTTP/1.1\r\n"), "{}", asked[0]);
    assert!(asked[0].contains("accept: text/event-stream, application/problem+json;q=0.5\r\n"));
    assert!(!asked[0].contains("last-event-id"));
    assert!(
        asked[1].contains("last-event-id: a-1\r\n"),
        "the event that was cut does not count: {}",
        asked[1]
    );
    assert!(asked[2].contains("last-event-id: b-6\r\n"));
    assert!(asked[3].contains("last-event-id: b-6\r\n"));
}

#[tokio::test]
async fn as_json_it_prints_the_objects_of_messages() {
    let server = Scripted::new(broken_line()).await;
    let (mut console, out, _) = console();
    run(&args(&["lobby", "--json", "--url", &server.url]), &mut console).await.expect("204 is an end");
    assert_eq!(out.text(), format!("{}\n{}\n", said("one"), said("three")));
}

#[tokio::test]
async fn several_rooms_come_on_one_line() {
    let server = Scripted::new(vec![answer(204, "text/plain", "")]).await;
    let (mut console, ..) = console();
    run(&args(&["a", "b", "--url", &server.url]), &mut console).await.expect("204 is an end");
    assert!(server.asked().await[0].starts_with("GET /stream?room=a&room=b HTTP/1.1\r\n"));
}

#[tokio::test]
async fn what_will_not_pass_ends_it_with_its_exit_code() {
    let cases = [
        (
            answer(404, "application/problem+json", r#"{"title":"No such room"}"#),
            Exit::Refused,
            "(404): No such room",
        ),
        (answer(503, "text/plain", ""), Exit::Trouble, "(503)"),
        (answer(200, "text/html", "<html>"), Exit::Other, "is not an event stream but `text/html`"),
    ];
    for (answer, exit, words) in cases {
        let server = Scripted::new(vec![answer]).await;
        let (mut console, ..) = console();
        let failure = run(&args(&["lobby", "--url", &server.url]), &mut console).await.expect_err(words);
        assert_eq!(failure.exit, exit);
        assert!(failure.text().contains(words), "{}", failure.text());
        drop(server.asked().await);
    }
    let gone = Scripted::new(vec![]).await;
    let url = gone.url.clone();
    drop(gone.asked().await);
    let (mut console, ..) = console();
    let failure = run(&args(&["lobby", "--url", &url]), &mut console).await.expect_err("nobody there");
    assert_eq!(failure.exit, Exit::Unreachable);
}
