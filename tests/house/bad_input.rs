//! Whatever is sent, the answer is a result or a clear error, and others do not notice.

use std::sync::Arc;

use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;

use crate::client::{Line, get, request, say, send, soon};
use crate::raw::{connect, exchange, exchange_cut, rest};
use crate::running::{Rival, Running};
use crate::socket::Socket;

/// A request by hand: its head and what follows it, and the status that begins the answer.
type Row = (&'static str, Vec<u8>, &'static str);

fn posted(head: &str, body: &[u8]) -> Vec<u8> {
    let first = "POST /rooms/lobby HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    [format!("{first}{head}\r\n").as_bytes(), body].concat()
}

fn sized(kind: &str, body: &[u8]) -> Vec<u8> {
    posted(&format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len()), body)
}

fn asked(path: &str, more: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{more}\r\n").into_bytes()
}

fn rows() -> Vec<Row> {
    let room = |name: &str| asked(&format!("/rooms/{name}"), "");
    vec![
        ("a body over the bound", sized("text/plain", &[b'a'; 70_000]), "413"),
        ("a chunked body over the bound", posted("Transfer-Encoding: chunked\r\n", &chunks(70_000)), "413"),
        (
            "a chunk size that is none",
            posted("Transfer-Encoding: chunked\r\n", b"zz\r\nabc\r\n0\r\n\r\n"),
            "400",
        ),
        ("text that is not UTF-8", sized("text/plain", b"\xc3\x28"), "400"),
        ("JSON that is not UTF-8", sized("application/json", b"{\"body\":\"\xc3\x28\"}"), "400"),
        ("JSON that ends early", sized("application/json", b"{\"body\":"), "400"),
        ("JSON as deep as the sea", sized("application/json", "[".repeat(60_000).as_bytes()), "400"),
        ("half a surrogate", sized("application/json", br#"{"body":"\ud800"}"#), "400"),
        ("a body that is no text", sized("application/json", br#"{"body":7}"#), "400"),
        ("a field that there is not", sized("application/json", br#"{"body":"x","colour":1}"#), "422"),
        ("a form without an end", sized("multipart/form-data; boundary=x", b"--x\r\n"), "400"),
        ("a form without a boundary", sized("multipart/form-data", b"--x--"), "400"),
        ("an empty name", room(""), "404"),
        ("an empty name with a slash", room("%20"), "400"),
        ("a name too long", room(&"a".repeat(65)), "400"),
        ("a name of too many bytes", room(&"%F0%A0%80%80".repeat(51)), "400"),
        ("a control character", room("a%00b"), "400"),
        ("a line end", room("a%0d%0aSet-Cookie:x"), "400"),
        ("a slash in a name", room("a%2fb"), "400"),
        ("dots only", room("%2e%2e"), "400"),
        ("a bidirectional override", room("a%E2%80%AEb"), "400"),
        ("encoded twice", room("a%2520b"), "400"),
        ("not UTF-8", room("%c3%28"), "400"),
        ("half an escape", room("a%2"), "400"),
        ("a private room that there is not", room("~abc"), "404"),
        ("an id that is none", room("lobby/x"), "400"),
        ("an id of another log", room("lobby/00000000-1"), "400"),
        ("a page that there is not", asked("/nothing/here", ""), "404"),
        ("an option that there is not", asked("/rooms/lobby?only=half", ""), "400"),
        ("a client's name with a blank", asked("/rooms/lobby?client=a%20b", ""), "400"),
        (
            "a foreign host",
            b"GET /rooms/lobby HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".to_vec(),
            "421",
        ),
        ("no host", b"GET /rooms/lobby HTTP/1.1\r\nConnection: close\r\n\r\n".to_vec(), "421"),
        ("two hosts", asked("/rooms/lobby", "Host: localhost\r\n"), "421"),
        (
            "a foreign page that writes",
            posted("Origin: https://evil.example\r\nContent-Length: 1\r\n", b"x"),
            "403",
        ),
        (
            "a foreign page without origin",
            posted("Sec-Fetch-Site: cross-site\r\nContent-Length: 1\r\n", b"x"),
            "403",
        ),
        ("no HTTP", b"EHLO localhost\r\n\r\n".to_vec(), "400"),
        ("a head over the bound", asked("/rooms/lobby", &format!("X: {}\r\n", "a".repeat(40_000))), "431"),
        ("two lengths", posted("Content-Length: 1\r\nContent-Length: 2\r\n", b"xy"), "400"),
    ]
}

fn chunks(bytes: usize) -> Vec<u8> {
    let chunk = [b"1000\r\n".as_slice(), &[b'a'; 0x1000], b"\r\n"].concat();
    [chunk.repeat(bytes / 0x1000 + 1), b"0\r\n\r\n".to_vec()].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_sent_the_answer_is_clear_and_others_lose_nothing() {
    let server = Running::start();
    let mut line = Line::sse(&server, "/rooms/lobby", &[]).await;
    let mut socket = Socket::open(&server, "/rooms/lobby", "").await;
    line.hello().await;
    socket.object("hello").await;
    for (what, bytes, status) in rows() {
        let answer = exchange(&server, &bytes).await;
        let begin = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&begin), "{what}: {}", answer.get(..200).unwrap_or(&answer));
        // What hyper itself cannot read it answers without a body.
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        if !body.is_empty() {
            assert!(head.contains("content-type: application/problem+json"), "{what}: {head}");
            assert!(body.contains("\"detail\":\""), "{what}: {body}");
        }
        let word = format!("after {what}");
        say(&server, "lobby", &word).await;
        assert_eq!(line.bodies(1).await, [word.as_str()], "others lose nothing");
        assert_eq!(socket.object("message").await["message"]["body"], word);
    }
    for (what, cut) in [
        ("a body that ends early", posted("Content-Length: 100\r\n", b"short")),
        ("a chunk that ends early", posted("Transfer-Encoding: chunked\r\n", b"64\r\nshort")),
    ] {
        let answer = exchange_cut(&server, &cut).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{what}: {answer}");
    }
    let page = get(&server, "/rooms/lobby?limit=500", &[]).await.json();
    assert_eq!(page["messages"].as_array().unwrap().len(), rows().len(), "nothing half sent was kept");
    assert_eq!(get(&server, "/health/ready", &[]).await.status, 200);
    assert!(!server.stderr().contains("panicked"), "{}", server.stderr());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_too_large_gets_its_refusal_with_bytes_still_in_flight() {
    let server = Running::start();
    for count in 0..20 {
        let mut stream = connect(&server).await;
        let head = b"POST /rooms/lobby HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n";
        stream.write_all(head).await.unwrap();
        for piece in [b'a'; 200_000].chunks(10_000) {
            stream.write_all(piece).await.expect("the server to take what it refuses");
        }
        // The connection lives on: it was not closed with bytes unread, which would reset it.
        let next = sized("text/plain", count.to_string().as_bytes());
        stream.write_all(&next).await.expect("the connection to live on");
        let answers = rest(&mut stream).await;
        assert!(answers.starts_with("HTTP/1.1 413 "), "{answers}");
        assert!(answers.contains("HTTP/1.1 201 "), "{answers}");
    }
    // Who asks first is told at once, without being invited to send.
    let mut stream = connect(&server).await;
    let head = b"POST /rooms/lobby HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_who_never_finish_their_head_cost_the_others_nothing() {
    const MANY: usize = 5000;
    rlimit::increase_nofile_limit(u64::MAX).expect("files for so many connections");
    let server = Arc::new(Running::with(
        "metrics = \"127.0.0.1:0\"\n[limits]\nhead_timeout = \"5s\"\nconnections_per_address = 0",
    ));
    let mut line = Line::sse(&server, "/rooms/lobby", &[]).await;
    line.hello().await;
    let mut stuck = Vec::with_capacity(MANY);
    for count in 0..MANY {
        let mut stream = connect(&server).await;
        stream.write_all(b"GET /rooms/lobby HTTP/1.1\r\nHost: loc").await.unwrap();
        stuck.push(stream);
        if count % 500 == 0 {
            say(&server, "lobby", &count.to_string()).await;
            assert_eq!(line.bodies(1).await, [count.to_string()], "others are served meanwhile");
        }
    }
    let ended = join_all(stuck.iter_mut().map(rest)).await;
    assert!(ended.iter().all(|said| said.is_empty() || said.starts_with("HTTP/1.1 408 ")));
    say(&server, "lobby", "after").await;
    assert_eq!(line.bodies(1).await, ["after"]);
    assert!(!server.stderr().contains("panicked"), "{}", server.stderr());
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_or_port_says_so_and_leaves() {
    let server = Running::start();
    let other = tempfile::tempdir().unwrap();
    for (rival, named) in [
        (Rival::Folder, server.data().display().to_string()),
        (Rival::Port(other.path()), server.address().to_string()),
    ] {
        let mut command = server.rival(rival);
        let ended = soon(tokio::task::spawn_blocking(move || command.output())).await.unwrap().unwrap();
        let words = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(6), "{words}");
        assert!(words.contains(&named), "it names what is in use: {words}");
    }
    say(&server, "lobby", "still here").await;
}

#[tokio::test]
async fn a_path_that_is_no_text_is_refused_like_everything_else() {
    let server = Running::start();
    for (method, path) in [
        ("GET", "/people/%FF"),
        ("DELETE", "/links/%FF"),
        ("DELETE", "/me/sessions/%FF"),
        ("POST", "/bots/%FF/token"),
        ("GET", "/rooms/%FF"),
        ("PUT", "/rooms/hall/people/%FF"),
        ("GET", "/rooms/hall/%FF"),
    ] {
        let answer = send(request(&server, method, path)).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "bad-utf8"), "{method} {path}");
    }
}
