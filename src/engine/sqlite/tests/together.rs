//! Commits that share a transaction.

use futures_util::future::join_all;

use super::*;
use crate::engine::Check;

/// Commits that all wait for the writer before it takes the first.
async fn all_at_once(
    engine: &Sqlite,
    commits: impl IntoIterator<Item = Commit>,
) -> Vec<Result<Outcome, EngineError>> {
    let ((held, is_held), (go, goes)) = (oneshot::channel(), std::sync::mpsc::channel());
    let hold = Job::Meddle(Box::new(move |_| {
        held.send(()).unwrap();
        goes.recv().unwrap();
    }));
    assert!(engine.jobs.send(hold).await.is_ok());
    is_held.await.unwrap();
    let waiting = join_all(commits.into_iter().map(|commit| engine.commit(commit.into())));
    tokio::join!(waiting, async { go.send(()).unwrap() }).0
}

#[tokio::test(flavor = "multi_thread")]
async fn each_sees_what_those_before_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let key = Key::new("a");
    engine.commit(putting(&key, "1").into()).await.unwrap();
    let version = engine.get(std::slice::from_ref(&key)).await.unwrap()[0].as_ref().unwrap().version;
    let if_at = |json| Commit { checks: vec![Check::At(key.clone(), version)], ..putting(&key, json) };
    let if_absent = |json| Commit { checks: vec![Check::Absent(key.clone())], ..putting(&key, json) };
    let delete = Commit { deletes: vec![key.clone()], ..Commit::new() };
    let commits =
        [if_at("2"), if_at("3"), if_absent("4"), delete, if_at("5"), if_absent("6"), if_absent("7")];

    let before = engine.health().await.unwrap();
    let outcomes = all_at_once(&engine, commits).await;

    let done = |outcome: &Result<Outcome, EngineError>| matches!(outcome, Ok(Outcome::Done { .. }));
    let done: Vec<bool> = outcomes.iter().map(done).collect();
    assert_eq!(done, [true, false, false, true, false, true, false]);
    let after = engine.health().await.unwrap();
    assert_eq!((after.commits - before.commits, after.batches - before.batches), (3, 1));
    let kept = engine.get(&[key]).await.unwrap()[0].as_ref().unwrap().json.clone();
    assert_eq!(kept, "6");
}

#[tokio::test(flavor = "multi_thread")]
async fn half_of_a_crowd_waits_for_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    // Of 60 half, and then those who are left; of ten, who are no crowd, all.
    for (commits, batches) in [(60, 2), (10, 1)] {
        // Alone, so that the last transaction was of no crowd.
        engine.commit(putting(&Key::new("a"), "1").into()).await.unwrap();
        let before = engine.health().await.unwrap();
        let outcomes = all_at_once(&engine, (0..commits).map(|_| putting(&Key::new("a"), "2"))).await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(Outcome::Done { .. }))));
        let after = engine.health().await.unwrap();
        assert_eq!((after.commits - before.commits, after.batches - before.batches), (commits, batches));
    }
}
