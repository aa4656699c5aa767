//! Where the store stands is known after any end, though the row of `state` is seldom written.

use super::super::state::{Known, Trace};
use super::*;

fn number(outcome: &Result<Outcome, EngineError>) -> Number {
    let Ok(Outcome::Done { id: Some(id) }) = outcome else { panic!("{outcome:?}") };
    id.number
}

async fn version(engine: &Sqlite, number: Number) -> u64 {
    engine.get(&[Key::new("message").number(number)]).await.unwrap()[0].as_ref().unwrap().version.0
}

/// What the row says, and what is so.
async fn heads(engine: &Sqlite) -> (u64, u64) {
    let (row, is_read) = oneshot::channel();
    meddle(engine, |connection| {
        row.send(connection.query_row("SELECT head FROM state", [], |row| row.get::<_, i64>(0))).unwrap();
    })
    .await;
    (is_read.await.unwrap().unwrap().unsigned_abs(), engine.epochs().await.unwrap().head().0)
}

#[tokio::test]
async fn no_number_and_no_version_is_given_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut last = (Number(0), 0);
    for opening in 0..3 {
        let engine = open(folder.path());
        for said in 1..=5 {
            let number = number(&engine.commit(saying("1").into()).await);
            let version = version(&engine, number).await;
            assert_eq!(number, last.0.next());
            assert!(version > last.1, "{version} after {}", last.1);
            last = (number, version);
            // The first one reserves versions.
            assert_eq!(heads(&engine).await, (opening * 5 + 1, opening * 5 + said));
        }
        // As it stands there if the process ends just now.
        let copy = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().to_owned(), copy.path().to_owned());
        meddle(&engine, move |_| copy_files(&from, &to)).await;
        let again = open(copy.path());
        let next = number(&again.commit(saying("2").into()).await);
        assert_eq!(next, last.0.next());
        assert!(version(&again, next).await > last.1);
        again.close().await;
        engine.close().await;
    }
}

#[tokio::test]
async fn the_head_outlives_all_entries() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    for _ in 0..3 {
        engine.commit(saying("1").into()).await.unwrap();
    }
    assert_eq!(engine.trim(Number(3)).await.unwrap(), 3);
    assert_eq!(heads(&engine).await, (3, 3));
    engine.close().await;
    let again = open(folder.path());
    assert_eq!(again.epochs().await.unwrap().head(), Number(3));
    assert_eq!(number(&again.commit(saying("2").into()).await), Number(4));
    again.close().await;
}

#[tokio::test]
async fn versions_are_reserved_anew_when_they_run_out() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let mut commit = saying("1");
    for n in 0..2500 {
        commit.puts.push(putting(&Key::new("many").number(Number(n)), "1").puts.remove(0));
    }
    engine.commit(commit.into()).await.unwrap();
    let before = number(&engine.commit(saying("2").into()).await);
    let before = version(&engine, before).await;
    engine.close().await;
    let again = open(folder.path());
    let after = number(&again.commit(saying("3").into()).await);
    assert!(before > 2500 && version(&again, after).await > before);
    again.close().await;
}

/// A commit of which SQLite says that it failed, and which is in the file all the same, is told from one that is not.
#[tokio::test]
async fn what_became_of_a_transaction_can_be_read_from_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    engine.commit(saying("1").into()).await.unwrap();
    meddle(&engine, |connection| {
        let before = Known::read(connection).unwrap();
        let is_there = |trace: Trace| trace.is_of(&State::read(connection).unwrap());
        let mut last_tried = 0;
        let mut attempt = |end: &str, change: &dyn Fn(&mut Known)| {
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            let mut known = before;
            change(&mut known);
            let trace = known.write_down(&before, &mut last_tried, connection).unwrap();
            connection.execute_batch(end).unwrap();
            trace
        };
        let lost = attempt("ROLLBACK", &|_| {});
        assert!(!is_there(lost));
        let kept = attempt("COMMIT", &|_| {});
        assert!(is_there(kept) && !is_there(lost), "the same change, twice");

        let append = "INSERT INTO log (number, at, kind, document, audiences) VALUES (2, 0, '', '', '[]');";
        let appends = |known: &mut Known| known.state.head = Number(2);
        let lost = attempt(&format!("{append} ROLLBACK"), &appends);
        assert!(!is_there(lost));
        let kept = attempt(&format!("{append} COMMIT"), &appends);
        assert!(is_there(kept));
    })
    .await;
    engine.close().await;
}

/// The row of the first version tells exactly where the store stands.
#[tokio::test]
async fn a_folder_of_the_first_version_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(DATABASE);
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.execute_batch(include_str!("../schema.sql")).unwrap();
    connection
        .execute_batch(
            "INSERT INTO log (number, at, kind, document, audiences) VALUES (7, 5, 'said', 'message/7', '[]');
             INSERT INTO document (key, value, version, number) VALUES ('message/7', '1', 12, 7);
             UPDATE state SET head = 7, serial = 12, batch = 3, at = 5;
             PRAGMA application_id = 0x4f504c4e; PRAGMA user_version = 1",
        )
        .unwrap();
    drop(connection);
    let engine = open(folder.path());
    assert_eq!(engine.epochs().await.unwrap().head(), Number(7));
    let next = number(&engine.commit(saying("2").into()).await);
    assert_eq!((next, version(&engine, next).await), (Number(8), 13));
    engine.close().await;
    // A program that knows only the first version sees that it cannot go on.
    let connection = rusqlite::Connection::open(&file).unwrap();
    assert_eq!(connection.query_row("PRAGMA user_version", [], |row| row.get(0)), Ok(2));
}
