//! What is particular to SQLite: its folder, its file, its disk.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use tempfile::TempDir;

use super::super::conformance::{START, Store};
use super::super::moving::tests::Home;
use super::super::moving::{Source, Target};
use super::super::{
    Audience, Clock, Commit, Engine, EngineError, Id, Key, NewEntry, Number, NumberedKey, Outcome, Put,
};
use super::job::Job;
use super::*;

mod gone;
mod planned;
mod standing;
mod together;

/// A folder of its own for each test.
pub(in super::super) struct OnDisk {
    folder: TempDir,
    options: SqliteOptions,
    open: Option<Arc<Sqlite>>,
}

impl OnDisk {
    pub(in super::super) fn new() -> Self {
        OnDisk { folder: tempfile::tempdir().unwrap(), options: SqliteOptions::default(), open: None }
    }

    /// Quicker, for tests that are not about the disk.
    pub(in super::super) fn without_sync() -> Self {
        OnDisk { options: SqliteOptions { synchronous: Synchronous::Off }, ..OnDisk::new() }
    }
}

#[async_trait]
impl Store for OnDisk {
    async fn open(&mut self, clock: Clock) -> Arc<dyn Engine> {
        if let Some(open) = self.open.take() {
            open.close().await;
        }
        let engine = Arc::new(Sqlite::open(self.folder.path(), self.options, clock).unwrap());
        self.open = Some(engine.clone());
        engine
    }
}

#[async_trait]
impl Home for OnDisk {
    async fn serve(&mut self, clock: Clock) -> Result<Arc<dyn Engine>, String> {
        let engine = Sqlite::open(self.folder.path(), self.options, clock);
        Ok(Arc::new(engine.map_err(|error| error.to_string())?))
    }

    async fn source(&mut self) -> Result<Box<dyn Source>, String> {
        Ok(Box::new(SqliteAtRest::source(self.folder.path()).map_err(|error| error.to_string())?))
    }

    async fn target(&mut self) -> Result<Box<dyn Target>, String> {
        Ok(Box::new(SqliteAtRest::target(self.folder.path()).map_err(|error| error.to_string())?))
    }
}

fn open(folder: &Path) -> Sqlite {
    Sqlite::open(folder, SqliteOptions::default(), Clock::manual(START)).unwrap()
}

fn putting(key: &Key, json: &str) -> Commit {
    let put = Put { key: key.clone().into(), json: json.to_owned().into(), expires: None };
    Commit { puts: vec![put], ..Commit::new() }
}

/// An entry for `x` about `message/#`, and that document.
fn saying(body: &str) -> Commit {
    let key = NumberedKey::WithNumber(Key::new("message"));
    let put = Put { key: key.clone(), json: body.to_owned().into(), expires: None };
    let entry = NewEntry {
        audiences: vec![Audience::new("x")],
        kind: "said".to_owned(),
        document: key,
        facts: None,
        at: START,
    };
    Commit { puts: vec![put], entry: Some(entry), ..Commit::new() }
}

/// Does something on the writer's thread, between two transactions.
async fn meddle(engine: &Sqlite, meddle: impl FnOnce(&rusqlite::Connection) + Send + 'static) {
    let (done, is_done) = oneshot::channel();
    let job = Job::Meddle(Box::new(move |connection| {
        meddle(connection);
        done.send(()).unwrap();
    }));
    assert!(engine.jobs.send(job).await.is_ok());
    is_done.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_comes_alone_is_written_where_it_came_from() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let (first, second) = (saying("1"), saying("2"));
    let written = engine.desk.write(&first).unwrap();
    assert_eq!(engine.commit(first.into()).await, written, "the same token");
    assert_ne!(engine.commit(second.clone().into()).await, written);
    assert_eq!(engine.epochs().await.unwrap().head(), Number(2));
    engine.close().await;
    assert_eq!(engine.desk.write(&second), None);
    assert!(matches!(engine.commit(second.into()).await, Err(EngineError::Unavailable(_))));
}

#[tokio::test]
async fn where_nobody_else_could_go_on_meanwhile_a_commit_is_handed_over() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let commit = saying("1");
    assert_eq!(engine.desk.write(&commit), None);
    assert!(matches!(engine.commit(commit.into()).await, Ok(Outcome::Done { id: Some(_) })));
}

/// Copies the database and its log, and adds what a crash in the midst of the next write leaves.
fn copy_files(from: &Path, to: &Path) {
    let wal = format!("{DATABASE}-wal");
    std::fs::copy(from.join(DATABASE), to.join(DATABASE)).unwrap();
    let mut log = std::fs::read(from.join(&wal)).unwrap();
    log.extend_from_within(32..(32 + 3000).min(log.len()));
    std::fs::write(to.join(wal), log).unwrap();
}

/// Whether some bytes are in a file of the folder.
fn is_on_disk(folder: &Path, bytes: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|file| {
        let content = std::fs::read(file.unwrap().path()).unwrap();
        content.windows(bytes.len()).any(|window| window == bytes.as_bytes())
    })
}

/// Waits for what another thread does in its own time. The bound only turns a hang into a failure.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_folder_that_is_open_is_not_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path());
    let second = Sqlite::open(folder.path(), SqliteOptions::default(), Clock::system());
    assert!(matches!(second, Err(OpenError::InUse(_))), "{second:?}");
    first.close().await;
    open(folder.path()).close().await;
}

#[tokio::test]
async fn a_folder_is_made_for_its_owner_alone() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("a").join("b");
    let engine = open(&folder);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    }
    engine.close().await;
}

#[test]
fn what_is_not_ours_is_refused_and_left_as_it_is() {
    let refused = |prepare: &dyn Fn(&Path)| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(DATABASE);
        prepare(&file);
        let before = std::fs::read(&file).ok();
        let error = Sqlite::open(folder.path(), SqliteOptions::default(), Clock::system()).unwrap_err();
        assert_eq!(std::fs::read(&file).ok(), before);
        error
    };
    let sql = |file: &Path, sql| rusqlite::Connection::open(file).unwrap().execute_batch(sql).unwrap();

    let text = refused(&|file| std::fs::write(file, "dear diary ".repeat(100)).unwrap());
    assert!(matches!(text, OpenError::NotOurs(_)), "{text}");
    let other = refused(&|file| sql(file, "CREATE TABLE theirs (a)"));
    assert!(matches!(other, OpenError::NotOurs(_)), "{other}");
    let newer = refused(&|file| sql(file, "PRAGMA application_id = 0x4f504c4e; PRAGMA user_version = 99"));
    assert!(matches!(newer, OpenError::Newer { found: 99, .. }), "{newer}");

    let file = tempfile::NamedTempFile::new().unwrap();
    let no_folder = Sqlite::open(file.path(), SqliteOptions::default(), Clock::system()).unwrap_err();
    assert!(matches!(no_folder, OpenError::Folder { .. }), "{no_folder}");
}

#[tokio::test]
async fn a_file_copied_at_any_moment_has_all_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Arc::new(open(folder.path()));
    let acknowledged = Arc::new(std::sync::Mutex::new(Vec::new()));
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let (engine, acknowledged) = (engine.clone(), acknowledged.clone());
            tokio::spawn(async move {
                while let Ok(Outcome::Done { id: Some(Id { number, .. }) }) =
                    engine.commit(saying("\"kept\"").into()).await
                {
                    acknowledged.lock().unwrap().push(number);
                }
            })
        })
        .collect();
    for round in 1..=5 {
        until("commits go on", || acknowledged.lock().unwrap().len() > round * 20).await;
        // What a crash leaves. The keeper may be copying pages just now; commits wait.
        let copy = tempfile::tempdir().unwrap();
        let known = acknowledged.lock().unwrap().clone();
        let (from, to) = (folder.path().to_owned(), copy.path().to_owned());
        meddle(&engine, move |_| copy_files(&from, &to)).await;
        let again = open(copy.path());
        let keys: Vec<_> = known.iter().map(|number| Key::new("message").number(*number)).collect();
        assert!(again.get(&keys).await.unwrap().iter().all(Option::is_some));
        let epochs = again.epochs().await.unwrap();
        assert_eq!(epochs.list().len(), 2);
        assert!(known.iter().all(|number| *number <= epochs.head()));
        again.close().await;
    }
    engine.close().await;
    for writer in writers {
        writer.await.unwrap();
    }
}

#[tokio::test]
async fn what_is_deleted_or_overwritten_is_soon_nowhere_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let (deleted, edited) = (Key::new("a"), Key::new("b"));
    let long = format!("\"{}\"", "mumbled-".repeat(2000));
    engine.commit(putting(&deleted, "\"whispered-once\"").into()).await.unwrap();
    engine.commit(putting(&edited, &long).into()).await.unwrap();
    assert!(is_on_disk(folder.path(), "whispered-once"));
    assert!(is_on_disk(folder.path(), "mumbled-mumbled"));
    // A copy in the database file as well as in the log.
    meddle(&engine, |connection| {
        checkpoint::checkpoint(connection, checkpoint::Mode::Passive, Duration::ZERO).unwrap();
    })
    .await;
    let delete = Commit { deletes: vec![deleted], ..putting(&edited, "\"said otherwise\"") };
    engine.commit(delete.into()).await.unwrap();
    until("the deleted bytes leave", || {
        !is_on_disk(folder.path(), "whispered-once") && !is_on_disk(folder.path(), "mumbled-mumbled")
    })
    .await;
    assert!(is_on_disk(folder.path(), "said otherwise"));
    engine.close().await;
}

#[tokio::test]
async fn expired_documents_are_swept_away() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(START);
    let engine = Sqlite::open(folder.path(), SqliteOptions::default(), clock.clone()).unwrap();
    let mut commit = Commit::new();
    for n in 0..1200 {
        let put = putting(&Key::new("brief").number(Number(n)), "\"soon forgotten\"").puts.remove(0);
        commit.puts.push(Put { expires: Some(START + 1000), ..put });
    }
    engine.commit(commit.into()).await.unwrap();
    clock.set(START + 3_600_000);
    until("the documents are swept", || !is_on_disk(folder.path(), "soon forgotten")).await;
    engine.close().await;
}

#[tokio::test]
async fn a_full_disk_refuses_commits_whole_and_they_go_on_when_there_is_space() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let max_pages = |pages: i64| {
        let set = move |connection: &rusqlite::Connection| {
            connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
        };
        meddle(&engine, set)
    };
    let large = format!("\"{}\"", "x".repeat(100_000));
    engine.commit(saying("\"before\"").into()).await.unwrap();
    max_pages(30).await;

    let refused = saying(&large);
    for _ in 0..2 {
        let error = engine.commit(refused.clone().into()).await.unwrap_err();
        let EngineError::Unavailable(reason) = &error else { panic!("{error:?}") };
        assert!(reason.contains("the disk is full"), "{reason}");
    }
    assert_eq!(engine.epochs().await.unwrap().head(), Number(1));
    assert_eq!(engine.get(&[Key::new("message").number(Number(2))]).await.unwrap(), [None]);

    max_pages(1_000_000).await;
    let outcome = engine.commit(refused.into()).await.unwrap();
    let Outcome::Done { id: Some(id) } = outcome else { panic!("{outcome:?}") };
    assert_eq!(id.number, Number(2));
    engine.health().await.unwrap();
    engine.close().await;
}

#[tokio::test]
async fn readiness_comes_back_by_itself_when_there_is_space() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    // Nothing can be committed while another program holds the lock that a writer needs.
    let other = rusqlite::Connection::open(folder.path().join(DATABASE)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    meddle(&engine, |connection| connection.busy_timeout(Duration::ZERO).unwrap()).await;
    let error = engine.commit(saying("0").into()).await.unwrap_err();
    assert!(matches!(&error, EngineError::Unavailable(reason) if reason.contains("locked")), "{error:?}");
    assert!(engine.health().await.is_err());
    other.execute_batch("ROLLBACK").unwrap();
    let start = Instant::now();
    while engine.health().await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(20), "the writer tries again without being asked");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    engine.close().await;
}

#[tokio::test]
async fn a_commit_that_fails_at_its_very_end_is_looked_up_and_can_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let run = |sql: &'static str| meddle(&engine, |connection| connection.execute_batch(sql).unwrap());
    // A deferred constraint is noticed by COMMIT only.
    run("CREATE TABLE parent (id INTEGER PRIMARY KEY);
         CREATE TABLE child (parent REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
         CREATE TRIGGER orphan AFTER INSERT ON log BEGIN INSERT INTO child VALUES (7); END;")
    .await;
    let commit = saying("\"once\"");
    let error = engine.commit(commit.clone().into()).await.unwrap_err();
    assert!(matches!(&error, EngineError::Unavailable(_)), "it is known that nothing was changed: {error:?}");
    assert_eq!(engine.epochs().await.unwrap().head(), Number(0));
    run("DROP TRIGGER orphan").await;
    for _ in 0..2 {
        let Ok(Outcome::Done { id: Some(id) }) = engine.commit(commit.clone().into()).await else { panic!() };
        assert_eq!(id.number, Number(1));
    }
    engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_are_written_over_zeros_and_a_crash_may_leave_them() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let start = Instant::now();
    let mut last = Number(0);
    let copy = loop {
        assert!(start.elapsed() < Duration::from_secs(20), "zeros are laid ahead");
        let Ok(Outcome::Done { id: Some(id) }) = engine.commit(saying("\"kept\"").into()).await else {
            panic!()
        };
        last = last.max(id.number);
        // The log may be emptied at any other moment.
        let copy = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().to_owned(), copy.path().to_owned());
        let (done, is_done) = oneshot::channel();
        meddle(&engine, move |connection| {
            let wal = || std::fs::read(from.join(format!("{DATABASE}-wal"))).unwrap();
            let before = wal();
            let is_paved = before.ends_with(&[0; 64 * 1024]);
            if is_paved {
                connection.execute_batch("UPDATE state SET at = at + 1").unwrap();
                assert_ne!(wal(), before);
                assert_eq!(wal().len(), before.len());
                copy_files(&from, &to);
            }
            done.send(is_paved).unwrap();
        })
        .await;
        if is_done.await.unwrap() {
            break copy;
        }
    };
    let again = open(copy.path());
    assert_eq!(again.epochs().await.unwrap().head(), last);
    again.close().await;
    engine.close().await;
}

#[tokio::test]
async fn zeros_are_not_laid_over_what_another_program_writes() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let (file, wal) = (folder.path().join(DATABASE), folder.path().join(format!("{DATABASE}-wal")));
    // At any other moment the log may be emptied.
    meddle(&engine, move |connection| {
        let length = || std::fs::metadata(&wal).unwrap().len();
        let before = length();
        let other = rusqlite::Connection::open(file).unwrap();
        other.execute_batch("BEGIN IMMEDIATE; CREATE TABLE theirs (a)").unwrap();
        let more = before + pave::PIECE;
        pave::pave(connection, &wal, more).unwrap_err();
        assert_eq!(length(), before, "it may be writing");
        other.execute_batch("COMMIT").unwrap();
        pave::pave(connection, &wal, 1 << 30).unwrap_err();
        pave::pave(connection, &wal, more).unwrap();
        assert_eq!(length(), more);
        connection.execute_batch("INSERT INTO theirs VALUES (1)").unwrap();
    })
    .await;
    engine.close().await;
}

/// A follower hears that the writer is gone.
#[tokio::test]
async fn a_writer_that_panics_leaves_nobody_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let mut following =
        engine.follow(Id { epoch: engine.epochs().await.unwrap().current(), number: Number(0) });
    assert!(engine.jobs.send(Job::Meddle(Box::new(|_| panic!("this is a test")))).await.is_ok());
    let heard = tokio::time::timeout(Duration::from_secs(20), following.next()).await;
    assert!(matches!(heard, Ok(None | Some(Err(_)))), "{heard:?}");
    assert!(engine.health().await.is_err());
}
