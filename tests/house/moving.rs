//! Moving house by the real command: who was there before goes on in the new house as if nothing had been.

use std::path::Path;
use std::process::{Command, Output};

use crate::client::{Answer, Line, number, request, say, send};
use crate::running::Running;

fn migrate(from: &Path, to: &Path) -> Output {
    let store = |folder: &Path| format!("sqlite:{}", folder.display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_openline"));
    command.args(["migrate", "--from", &store(from), "--to", &store(to)]).output().expect("to run it")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// The same post under the same key, each time.
async fn keyed(server: &Running) -> Answer {
    let said = request(server, "POST", "/rooms/lobby").header("idempotency-key", "k");
    send(said.header("openline-client", "me").body("under a key")).await
}

#[tokio::test]
async fn a_stream_goes_on_in_the_new_house_where_it_was_in_the_old() {
    let mut server = Running::start();
    let first = keyed(&server).await;
    assert_eq!(first.status, 201);
    let before = say(&server, "lobby", "before").await;
    say(&server, "elsewhere", "not here").await;
    let missed = say(&server, "lobby", "missed").await;
    let (old, new) = (server.data(), server.data().with_file_name("new"));

    let refused = migrate(&old, &new);
    assert_eq!(refused.status.code(), Some(6), "the server still uses it: {refused:?}");
    assert!(!new.exists(), "nothing was made");
    assert!(server.stop().await.success());
    let moved = migrate(&old, &new);
    let (out, notes) = (text(&moved.stdout), text(&moved.stderr));
    assert_eq!(moved.status.code(), Some(0), "{notes}");
    assert!(out.contains(" and 4 log entries moved from sqlite:"), "{out}");
    assert!(out.contains("\nthe log goes on after number 4\nsha256 "), "{out}");
    assert_eq!(notes, "", "what is over at once has no progress");
    let again = migrate(&old, &new);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).ends_with("is not empty; it was left as it is\n"), "{again:?}");

    std::fs::rename(&old, old.with_file_name("old")).expect("moved away");
    std::fs::rename(&new, &old).expect("moved in");
    server.restart();
    let mut line = Line::sse(&server, "/rooms/lobby", &[("last-event-id", &before)]).await;
    assert_eq!(line.hello().await.id, before, "known here, and not reset");
    let after = say(&server, "lobby", "after").await;
    assert_eq!(line.bodies(2).await, ["missed", "after"]);
    assert_eq!(number(&after), number(&missed) + 1);
    let repeated = keyed(&server).await;
    assert_eq!((repeated.status, repeated.json()["id"].clone()), (200, first.json()["id"].clone()));
}
