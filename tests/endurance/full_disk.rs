//! A disk that is full: what cannot be kept is refused in clear words, everything else goes on, and when
//! there is room again so does this.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use serde_json::Value;
use tokio::time::timeout;

use super::room::{check_kept, history, kept, say};
use super::running::{PATIENCE, Rival, Running};
use super::subscriber::{Kind, Subscriber, THE_END};
use super::wrapped::Wrapped;

const ROOM: &str = "full";
/// How often to look whether the server has noticed.
const LOOK: Duration = Duration::from_millis(50);

/// A server whose data folder is a disk of 4 MiB, some of it taken by a file of no use.
fn small_disk(plain: &Running) -> Wrapped {
    let is_root = rustix::process::geteuid().is_root();
    let script = "mount -t tmpfs -o size=4m openline \"$0\" && head -c 1000000 /dev/zero > \"$0/ballast\" && \
                  exec \"$@\"";
    let mut unshare = Command::new("unshare");
    unshare.args(if is_root { &["--mount"][..] } else { &["--mount", "--map-root-user"] });
    unshare.args(["sh", "-c", script]).arg(plain.data());
    Wrapped::start(unshare, &plain.rival(Rival::Folder))
}

async fn ready(http: &Client, server: &Wrapped) -> (StatusCode, Value) {
    let answer = http.get(format!("{}/health/ready", server.url())).send().await.expect("an answer");
    let (status, text) = (answer.status(), answer.text().await.expect("an answer"));
    (status, serde_json::from_str(&text).expect("JSON"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_aloud_and_costs_nothing_that_was_acknowledged() {
    let mut plain = Running::start();
    plain.kill();
    let server = small_disk(&plain);
    let (http, url) = (Client::new(), server.url());
    let room = format!("{url}/rooms/{ROOM}");
    let listening = tokio::spawn(Subscriber::listen(Kind::Sse, url.clone(), ROOM));

    // Fill it, until not even the server's own smallest write fits.
    let mut acknowledged = Vec::new();
    let since = Instant::now();
    let (reason, (status, problem)) = loop {
        assert!(since.elapsed() < PATIENCE, "the disk does not fill");
        let body = format!("{} {}", acknowledged.len(), "x".repeat(2000));
        let answer = say(&http, &room, &acknowledged.len().to_string(), &body).await.expect("an answer");
        if let Some(message) = kept(&answer) {
            acknowledged.push(message);
            continue;
        }
        let (status, health) = ready(&http, &server).await;
        if status == StatusCode::SERVICE_UNAVAILABLE {
            assert_eq!(health["ready"], false);
            break (health["reason"].to_string(), answer);
        }
        tokio::time::sleep(LOOK).await;
    };
    assert!(reason.contains("the disk is full"), "{reason}");
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{problem}");
    let problem: Value = serde_json::from_str(&problem).expect("a problem");
    assert_eq!(problem["status"], 503, "{problem}");
    assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
    assert!(!acknowledged.is_empty(), "nothing fitted");

    // Reading goes on, and so does what need not be kept: on the same line.
    check_kept(&acknowledged, &history(&http, &url, ROOM).await);
    let signal = http.post(&room).header("content-type", "application/json");
    let signal = signal.body(r#"{"body": "psst", "store": false}"#);
    assert_eq!(signal.send().await.expect("an answer").status(), StatusCode::ACCEPTED);

    // Somebody makes room. It is on the disk that only the server sees.
    let ballast = plain.data().join("ballast");
    let ballast = ballast.strip_prefix("/").expect("an absolute path");
    let root = format!("/proc/{}/root", server.pid);
    fs::remove_file(Path::new(&root).join(ballast)).expect("to make room");
    let since = Instant::now();
    for words in ["after", THE_END] {
        let message = loop {
            let answer = say(&http, &room, words, words).await.expect("an answer");
            if let Some(message) = kept(&answer) {
                break message;
            }
            assert!(since.elapsed() < PATIENCE, "there is room, and yet: {answer:?}");
            tokio::time::sleep(LOOK).await;
        };
        acknowledged.push(message);
    }
    assert_eq!(ready(&http, &server).await.0, StatusCode::OK);
    let history = history(&http, &url, ROOM).await;
    check_kept(&acknowledged, &history);
    let subscriber = timeout(PATIENCE, listening).await.expect("to hear all of it").expect("a subscriber");
    assert_eq!(subscriber.heard, history);
    assert_eq!(subscriber.lines, 1, "its line was cut");
    assert!(subscriber.surprises.iter().all(|surprise| surprise.contains("psst")), "{subscriber:?}");
}
