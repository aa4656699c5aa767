//! Acknowledged is on the disk. A killed process cannot tell (the system keeps what was written), so
//! `strace` has to: it sees the order of the write, the sync and the answer.

use std::fs;
use std::process::Command;

use futures_util::future::join_all;
use reqwest::Client;
use tokio::time::timeout;

use super::room::{kept, say};
use super::running::{PATIENCE, Rival, Running};
use super::subscriber::{Kind, Subscriber, THE_END};
use super::trace::fault;
use super::wrapped::Wrapped;

const ROOM: &str = "synced";

/// Runs a server with these settings under `strace`; says what was wrong with each message.
async fn faults(settings: &str) -> Vec<String> {
    let mut plain = Running::with(settings);
    plain.kill();
    let trace = plain.data().join("trace");
    let mut strace = Command::new("strace");
    // All pages of a commit come in one call, and the words may stand at its end.
    strace.args(["-f", "-q", "-y", "-s", "131072", "-e"]);
    strace.arg("trace=fdatasync,fsync,write,writev,pwrite64,sendto,sendmsg").arg("-o").arg(&trace);
    let mut server = Wrapped::start(strace, &plain.rival(Rival::Folder));

    let listening = tokio::spawn(Subscriber::listen(Kind::Sse, server.url(), ROOM));
    let (http, room) = (Client::new(), format!("{}/rooms/{ROOM}", server.url()));
    let mut words = Vec::new();
    for round in 0..10 {
        // Alone, and several in one transaction.
        let some: Vec<String> = (0..=round % 4).map(|place| format!("words-{round}-{place}-")).collect();
        let answers = join_all(some.iter().map(|words| say(&http, &room, words, words))).await;
        assert!(answers.iter().all(|answer| kept(answer.as_ref().expect("an answer")).is_some()));
        words.extend(some);
    }
    say(&http, &room, THE_END, THE_END).await.expect("an answer");
    timeout(PATIENCE, listening).await.expect("to hear all of it").expect("a subscriber");
    server.stop();
    let trace = fs::read(trace).expect("a trace");
    let trace = String::from_utf8_lossy(&trace);
    words.iter().filter_map(|words| fault(&trace, words)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_disk_has_a_message_before_anybody_is_told_of_it() {
    let faults = faults("").await;
    assert!(faults.is_empty(), "{faults:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_syncing_the_same_look_finds_every_message_at_fault() {
    let faults = faults("[sqlite]\nsynchronous = \"off\"\n").await;
    assert_eq!(faults.len(), 23, "{faults:#?}");
    assert!(faults.iter().all(|fault| fault.contains("not synced between")), "{faults:#?}");
}
