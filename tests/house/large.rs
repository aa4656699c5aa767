//! A room of fifty thousand messages opens like one of fifty: as many bytes, as many pages of the store, and no more
//! memory. What is compared is counted, not timed.

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use openline::chat::{Chat, Draft, Policy, RoomName, Speaker};
use openline::engine::{Clock, Engine, Sqlite, SqliteOptions, Synchronous};

use crate::client::{get, until};
use crate::running::Running;

const SMALL: usize = 60;
const LARGE: usize = 50_000;
/// How many say something at the same time.
const AT_ONCE: usize = 500;
/// How large a page of the store is, in bytes; and how many more may be read on the way to a place in the middle of
/// a tree that has more of them.
const PAGE: u64 = 4096;
const MORE_PAGES: u64 = 2;
/// How often a server begins anew, to open a room with nothing in its caches.
const ROUNDS: usize = 3;

/// Says so many things in a room of a store that no server has open.
async fn fill(folder: &Path, room: &str, count: usize) {
    let options = SqliteOptions { synchronous: Synchronous::Normal };
    let engine: Arc<dyn Engine> = Arc::new(Sqlite::open(folder, options, Clock::system()).unwrap());
    let chat = Chat::new(Arc::clone(&engine), Clock::system(), Policy::default());
    let (chat, name) = (&chat, &RoomName::parse(room).unwrap());
    // The first makes the room.
    let say = async |n: usize| {
        let draft = Draft::of_body(format!("{n:05} {}", "of many, each as long as the others".repeat(20)));
        chat.say(name, &Speaker::default(), draft).await.unwrap();
    };
    say(0).await;
    stream::iter(1..count).map(say).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
    engine.close().await;
}

/// How many bytes the server has read of files.
fn read_so_far(server: &Running) -> u64 {
    field(&fs::read_to_string(format!("/proc/{}/io", server.pid())).unwrap(), "rchar:")
}

/// How much memory it has, in KiB.
fn memory(server: &Running) -> u64 {
    field(&fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap(), "VmRSS:")
}

fn field(text: &str, name: &str) -> u64 {
    let line = text.lines().find(|line| line.starts_with(name)).expect("a field");
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// How much a server has read once it is done with what it does when it begins.
async fn at_rest(server: &Running) -> u64 {
    let (before, same) = (Cell::new(0), Cell::new(0));
    until(async || {
        assert_eq!(get(server, "/health/ready", &[]).await.status, 200);
        let now = read_so_far(server);
        same.set(if now == before.replace(now) { same.get() + 1 } else { 0 });
        same.get() >= 10
    })
    .await;
    before.get()
}

/// What it costs a server that has just begun to open a room: the bytes of the answer, and those read of the store.
async fn cost(server: &mut Running, path: &str) -> (usize, u64) {
    let (mut bytes, mut read) = (0, u64::MAX);
    for _ in 0..ROUNDS {
        server.stop().await;
        server.restart();
        let before = at_rest(server).await;
        let page = get(server, path, &[]).await;
        assert_eq!((page.status, page.json()["messages"].as_array().unwrap().len()), (200, 50));
        (bytes, read) = (page.body.len(), read.min(read_so_far(server) - before));
    }
    (bytes, read)
}

#[tokio::test]
async fn a_room_of_fifty_thousand_opens_like_one_of_fifty() {
    let (mut little, mut server) = (Running::start(), Running::start());
    for (running, rooms) in
        [(&mut little, &[("small", SMALL)][..]), (&mut server, &[("small", SMALL), ("large", LARGE)])]
    {
        running.stop().await;
        for (room, count) in rooms {
            fill(&running.data(), room, *count).await;
        }
        running.restart();
    }

    let (small_bytes, small_read) = cost(&mut server, "/rooms/small").await;
    for path in ["/rooms/large", "/rooms/large?before=25000", "/rooms/large?around=25000"] {
        let (bytes, read) = cost(&mut server, path).await;
        assert!(bytes * 10 <= small_bytes * 12, "{path}: {bytes} bytes, {small_bytes} of the small one");
        let most = small_read * 12 / 10 + MORE_PAGES * PAGE;
        assert!(read <= most, "{path}: {read} bytes read, {small_read} for the small one");
    }

    // Its memory does not depend on how much was ever said.
    cost(&mut little, "/rooms/small").await;
    cost(&mut server, "/rooms/large").await;
    let (little, large) = (memory(&little), memory(&server));
    assert!(large * 10 <= little * 13, "{large} KiB, and {little} KiB with a room of sixty");
}
