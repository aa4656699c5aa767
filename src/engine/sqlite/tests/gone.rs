//! What is deleted is gone: no byte of it is left in any file.

use super::*;
use crate::engine::random_bytes;

/// How many messages there are, in how many rooms.
const MESSAGES: usize = 3000;
const ROOMS: usize = 3;

/// How many of some bytes are in the files of a folder.
fn count_on_disk(folder: &Path, bytes: &str) -> usize {
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|file| {
            let content = std::fs::read(file.unwrap().path()).unwrap();
            content.windows(bytes.len()).filter(|window| *window == bytes.as_bytes()).count()
        })
        .sum()
}

/// Waits until the engine says that it is done with every erasure.
async fn scrubbed(engine: &Sqlite) {
    let start = Instant::now();
    while engine.health().await.unwrap().unscrubbed != Some(0) {
        assert!(start.elapsed() < Duration::from_secs(60), "copies of what was deleted are looked for");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Words of a random length, every second time with a mark in them.
fn words(n: usize) -> String {
    let [long, short] = random_bytes::<2>();
    let length = if long < 16 { 40 * usize::from(short) } else { usize::from(short) };
    let mark = if n.is_multiple_of(2) { "whispered" } else { "said" };
    format!("\"{mark}-{n:05} {}\"", "mumble ".repeat(length / 7))
}

/// Messages in several rooms, some of them edited and deleted while others come.
async fn talk(engine: &Sqlite) {
    let place = |n: usize| Key::new("message").part(&format!("room-{}", n % ROOMS)).number(Number(n as u64));
    for n in 0..MESSAGES {
        let mut commit = putting(&place(n), &words(n));
        // What was said before is lengthened and shortened, which moves its neighbours about.
        if n.is_multiple_of(7) && n > 700 {
            let earlier = n - usize::from(random_bytes::<1>()[0]) - 300;
            commit.puts.extend(putting(&place(earlier), &words(earlier)).puts);
            commit.erases = true;
        }
        if n.is_multiple_of(11) && n > 700 {
            commit.deletes.push(place(n - 600));
        }
        engine.commit(commit.into()).await.unwrap();
    }
    let marked: Vec<_> = (0..MESSAGES).filter(|n| n.is_multiple_of(2)).map(place).collect();
    for piece in marked.chunks(50) {
        let mut commit = Commit { deletes: piece[25..].to_vec(), erases: true, ..Commit::new() };
        commit.puts.extend(piece[..25].iter().flat_map(|key| putting(key, "\"said otherwise\"").puts));
        engine.commit(commit.into()).await.unwrap();
    }
}

#[tokio::test]
async fn no_byte_of_what_was_deleted_is_left_in_any_file() {
    let disk = OnDisk::without_sync();
    let folder = disk.folder.path();
    let engine = Sqlite::open(folder, disk.options, Clock::manual(START)).unwrap();
    talk(&engine).await;
    assert!(engine.health().await.unwrap().unscrubbed > Some(0));
    scrubbed(&engine).await;
    assert_eq!(count_on_disk(folder, "whispered-"), 0);
    assert!(count_on_disk(folder, "said") > MESSAGES / 3, "what was not deleted is there");
    engine.close().await;
}

#[tokio::test]
async fn what_an_earlier_process_was_not_done_with_is_gone_soon_after_the_next_start() {
    let disk = OnDisk::without_sync();
    let engine = Sqlite::open(disk.folder.path(), disk.options, Clock::manual(START)).unwrap();
    // Nobody looks for copies, nor empties the log.
    engine.marks.stop();
    talk(&engine).await;
    // What a crash leaves.
    let copy = tempfile::tempdir().unwrap();
    let (from, to) = (disk.folder.path().to_owned(), copy.path().to_owned());
    meddle(&engine, move |_| copy_files(&from, &to)).await;
    engine.close().await;
    assert!(count_on_disk(copy.path(), "whispered-") > 0);
    let again = Sqlite::open(copy.path(), disk.options, Clock::manual(START)).unwrap();
    scrubbed(&again).await;
    assert_eq!(count_on_disk(copy.path(), "whispered-"), 0);
    again.close().await;
}

#[tokio::test]
async fn a_database_is_whole_after_it_was_scrubbed() {
    let disk = OnDisk::without_sync();
    let engine = Sqlite::open(disk.folder.path(), disk.options, Clock::manual(START)).unwrap();
    talk(&engine).await;
    scrubbed(&engine).await;
    let (told, says) = oneshot::channel();
    meddle(&engine, |connection| {
        let whole = connection.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
        told.send(whole.unwrap()).unwrap();
    })
    .await;
    assert_eq!(says.await.unwrap(), "ok");
    engine.close().await;
}
